using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>The policies of a user, its groups' among them, or of a group, that allow anything of each of these services, under whatever conditions; boundaries are not looked at.</summary>
/// <param name="Arn">The user or group.</param>
/// <param name="ServiceNamespaces">The services, 1–200; the answers come in their order.</param>
public sealed record ListPoliciesGrantingServiceAccess(Arn Arn, [MaxLength(ListPoliciesGrantingServiceAccess.Most)] ServiceNamespace[] ServiceNamespaces) : IQuery<ListPoliciesGrantingServiceAccessAnswer>
{
    /// <summary>AWS: services in one request.</summary>
    public const int Most = 200;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn];

    /// <inheritdoc/>
    public Answer<ListPoliciesGrantingServiceAccessAnswer> Answer(Directory directory, Call call)
    {
        if (ServiceNamespaces.Length is 0) return IamError.Empty(nameof(ServiceNamespaces));
        if (directory.SourcesOf(Arn) is not { } sources) return IamError.NoSuchEntity($"ARN {Arn} is not found.");

        var policies = sources.OrderBy(source => source.PolicyName.Value, StringComparer.OrdinalIgnoreCase).ThenBy(source => source.Through.Value, StringComparer.Ordinal).ToList();
        return new ListPoliciesGrantingServiceAccessAnswer([.. ServiceNamespaces.Select(service =>
            new PoliciesGrantingServiceAccess(service, [.. policies.Where(source => source.Text.Allows(service)).Select(PolicyGrantingServiceAccess.Of).Distinct()]))], false);
    }
}

/// <summary>The policies by service.</summary>
/// <param name="PoliciesGrantingServiceAccess">By service, in the order of the request.</param>
/// <param name="IsTruncated">No: all are told at once.</param>
public sealed record ListPoliciesGrantingServiceAccessAnswer(IReadOnlyList<PoliciesGrantingServiceAccess> PoliciesGrantingServiceAccess, bool IsTruncated);

/// <summary>The policies that grant access to a service.</summary>
/// <param name="ServiceNamespace">The service.</param>
/// <param name="Policies">In the order of their names.</param>
public sealed record PoliciesGrantingServiceAccess(ServiceNamespace ServiceNamespace, IReadOnlyList<PolicyGrantingServiceAccess> Policies);

/// <summary>A policy that grants access.</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="PolicyType">INLINE or MANAGED.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="EntityType">USER or GROUP: what an inline policy is written on; absent for a managed one.</param>
/// <param name="EntityName">Its name.</param>
public sealed record PolicyGrantingServiceAccess(PolicyName PolicyName, string PolicyType, Arn? PolicyArn, string? EntityType, string? EntityName)
{
    internal static PolicyGrantingServiceAccess Of(GrantSource source)
    {
        if (source.PolicyArn is { } arn) return new(source.PolicyName, "MANAGED", arn, null, null);
        return new(source.PolicyName, "INLINE", null, source.Holder.Kind is "user" ? "USER" : "GROUP", source.Holder.Name);
    }
}
