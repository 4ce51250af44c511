using System.Text.Json;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>Every statement that is in force for a principal, with the policy it stands in and the way by which it is in force. Asking about oneself needs no permission.</summary>
/// <param name="PrincipalArn">A user's ARN; none: who asks.</param>
public sealed record GetEffectivePermissions(Arn? PrincipalArn = null) : IQuery<GetEffectivePermissionsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => directory.RequiresToAsk(PrincipalArn, call);

    /// <inheritdoc/>
    public Answer<GetEffectivePermissionsAnswer> Answer(Directory directory, Call call)
    {
        var (asked, refusal) = directory.Asked(PrincipalArn, call);
        if (asked is null) return refusal!;
        var principal = PrincipalArn ?? directory.ArnOf(call.Caller);
        if (asked.User is not { } user) return new GetEffectivePermissionsAnswer(principal, true, [], [], directory.Revision);

        var (sources, boundary) = (user.Sources, user.Boundary);
        var unread = sources.Concat(boundary is null ? [] : [boundary]).Where(source => source.Text.Document is null).Select(source => source.PolicyName).Distinct();
        return new GetEffectivePermissionsAnswer(principal, false, [.. sources.SelectMany(Statements)], [.. unread], directory.Revision, boundary is null ? null : [.. Statements(boundary)]);
    }

    static IEnumerable<EffectiveStatement> Statements(GrantSource source) => source.Text.Document is not { } document ? []
        : document.Statements.Select(statement => new EffectiveStatement(source.PolicyName, source.PolicyArn, source.VersionId, source.Through, source.Since.Revision, source.Since.At, JsonElement.Parse(document.Text[statement.Span])));
}

/// <summary>What a principal may do.</summary>
/// <param name="PrincipalArn">Who.</param>
/// <param name="IsRoot">Root may do everything in its account, whatever stands in policies.</param>
/// <param name="Statements">The statements in force, oldest first.</param>
/// <param name="UnreadablePolicies">Policies that can't be read: as long as there is one, everything is denied.</param>
/// <param name="Revision">The revision of the account that this was read from.</param>
/// <param name="BoundaryStatements">The statements of the permissions boundary: what they don't allow stays denied, and they grant nothing; absent: there is no boundary (R86).</param>
public sealed record GetEffectivePermissionsAnswer(Arn PrincipalArn, bool IsRoot, IReadOnlyList<EffectiveStatement> Statements, IReadOnlyList<PolicyName> UnreadablePolicies, long Revision, IReadOnlyList<EffectiveStatement>? BoundaryStatements = null);

/// <summary>One statement in force.</summary>
/// <param name="PolicyName">The policy it stands in.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="VersionId">The version in force; absent for an inline policy.</param>
/// <param name="Through">The user or group that has the policy: its ARN.</param>
/// <param name="SinceRevision">The last of the changes that this way needed.</param>
/// <param name="Since">Its time.</param>
/// <param name="Statement">The statement, as it was written.</param>
public sealed record EffectiveStatement(PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, Arn Through, long SinceRevision, DateTimeOffset Since, JsonElement Statement);
