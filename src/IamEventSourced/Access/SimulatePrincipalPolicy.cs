using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>
/// What the policies of a user, its groups' among them, or of a group would come to with others beside them and without some of them, by the evaluator that decides every question (R120–R126, R129).
/// Unlike <see cref="Authorize"/>, which answers as it is, it knows no condition key that is not given.
/// </summary>
/// <param name="PolicySourceArn">The user or group.</param>
/// <param name="ActionNames">The actions, without wildcards; each is tried on each resource.</param>
/// <param name="PolicyInputList">Policies as if they were attached too.</param>
/// <param name="PermissionsBoundaryPolicyInputList">A permissions boundary in place of the one that is there.</param>
/// <param name="PolicyExclusionList">Policies as if they were not there.</param>
/// <param name="ResourceArns">The resources, up to 1,000, which need not be there; "*" where none is given.</param>
/// <param name="ResourcePolicy">The policy of each of the resources; of a group it needs a <paramref name="CallerArn"/>.</param>
/// <param name="ResourceOwner">The account that owns the resources whose ARNs do not say it; none: the caller's. Where no <paramref name="ResourcePolicy"/> is given, what an ARN says is not looked at.</param>
/// <param name="CallerArn">The user that is supposed to ask; none: the user whose policies these are.</param>
/// <param name="ContextEntries">The condition keys; no others are known.</param>
/// <param name="ResourceHandlingOption">A scenario of EC2: the kinds of resources that it needs have to be given.</param>
/// <param name="MaxItems">How many results at most, those of resources counted; 100 where none is given. An action's results stay together.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
public sealed record SimulatePrincipalPolicy(
    Arn PolicySourceArn, ActionName[] ActionNames, PolicyText[]? PolicyInputList = null, PolicyText[]? PermissionsBoundaryPolicyInputList = null, PolicyIdentifier[]? PolicyExclusionList = null,
    [MaxLength(PolicySimulations.MostResources)] ResourceName[]? ResourceArns = null, PolicyText? ResourcePolicy = null, ResourceOwner? ResourceOwner = null, Arn? CallerArn = null, ContextEntry[]? ContextEntries = null,
    ResourceHandlingOption? ResourceHandlingOption = null, MaxItems? MaxItems = null, Marker? Marker = null) : IQuery<SimulatePolicyAnswer>, IPolicySimulation
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicySourceArn];

    /// <inheritdoc/>
    public Answer<SimulatePolicyAnswer> Answer(Directory directory, Call call)
    {
        if (PolicyExclusionList?.FirstOrDefault(one => !one.IsOne) is not null) return IamError.InvalidInput($"{nameof(PolicyExclusionList)}: each says one of PolicyType, PolicyArn and InlinePolicyIdentifier.");
        if (PolicyExclusionList?.FirstOrDefault(one => one.PolicyType?.Value is "rcp") is not null) return IamError.InvalidInput($"{nameof(PolicyExclusionList)}: resource control policies take no part in a simulation.");
        if (directory.SourcesOf(PolicySourceArn) is not { } sources) return IamError.NoSuchEntity($"ARN {PolicySourceArn} is not found: it is no user and no group.");
        var user = directory.FindUser(PolicySourceArn);
        var boundary = user is not null && directory.BoundaryOf(user) is { } bounding && !Excludes(bounding, bounds: true) ? bounding : null;
        return this.Simulate(directory, sources.Where(source => !Excludes(source)), boundary, user is null ? null : PolicySourceArn, []);
    }

    bool Excludes(GrantSource source, bool bounds = false) => PolicyExclusionList?.Any(one => one.Is(source, bounds)) is true;
}

/// <summary>What names a policy that is to be left out, or several: one of the three (AWS: PolicyIdentifier).</summary>
/// <param name="PolicyType">All of a kind.</param>
/// <param name="PolicyArn">A managed policy, also as permissions boundary.</param>
/// <param name="InlinePolicyIdentifier">An inline policy.</param>
public sealed record PolicyIdentifier(PolicyIdentifierType? PolicyType = null, Arn? PolicyArn = null, InlinePolicyIdentifier? InlinePolicyIdentifier = null)
{
    internal bool IsOne => new object?[] { PolicyType, PolicyArn, InlinePolicyIdentifier }.Count(one => one is not null) is 1;

    /// <summary>Whether it means the policy, by this way of having it.</summary>
    internal bool Is(GrantSource source, bool bounds)
    {
        if (PolicyArn is not null) return PolicyArn == source.PolicyArn;
        if (InlinePolicyIdentifier is not null) return !bounds && source.PolicyArn is null && InlinePolicyIdentifier.Is(source);
        return PolicyType!.Value switch
        {
            "permission-boundary" => bounds,
            "inline" => !bounds && source.PolicyArn is null,
            "aws-managed" => !bounds && source.PolicyArn?.IsOfAwsPolicy is true,
            "user-managed" => !bounds && source.PolicyArn?.IsOfAwsPolicy is false,
            _ => false,
        };
    }
}

/// <summary>AWS: kinds of policies. Service control policies there are none, so to leave them out is nothing; rcp is refused.</summary>
public sealed record PolicyIdentifierType(string Value) : Text<PolicyIdentifierType>(Value), IText<PolicyIdentifierType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 19, "inline|aws-managed|user-managed|permission-boundary|scp|rcp");
    /// <inheritdoc/>
    public static implicit operator PolicyIdentifierType(string text) => new(text);
}

/// <summary>An inline policy (AWS: InlinePolicyIdentifierType).</summary>
/// <param name="PolicyName">Its name.</param>
/// <param name="AttachmentType">What it is written on: user or group.</param>
/// <param name="AttachmentName">The user's or group's name.</param>
public sealed record InlinePolicyIdentifier(PolicyName PolicyName, AttachmentType AttachmentType, GroupName AttachmentName)
{
    internal bool Is(GrantSource source) => PolicyName == source.PolicyName && AttachmentType.Value == source.Holder.Kind && AttachmentName == source.Holder.Name;
}

/// <summary>AWS: what an inline policy is written on; of roles there are none.</summary>
public sealed record AttachmentType(string Value) : Text<AttachmentType>(Value), IText<AttachmentType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(4, 5, "user|group|role");
    /// <inheritdoc/>
    public static implicit operator AttachmentType(string text) => new(text);
}
