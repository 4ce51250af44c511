using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>The condition keys that the policies of a user, its groups' and its permissions boundary among them, or of a group ask for, and further ones that are given as texts: what a simulation of them wants to be given (R127).</summary>
/// <param name="PolicySourceArn">The user or group.</param>
/// <param name="PolicyInputList">Further policies.</param>
public sealed record GetContextKeysForPrincipalPolicy(Arn PolicySourceArn, PolicyText[]? PolicyInputList = null) : IQuery<GetContextKeysForPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicySourceArn];

    /// <inheritdoc/>
    public Answer<GetContextKeysForPolicyAnswer> Answer(Directory directory, Call call)
    {
        if (PolicySimulations.Malformed(nameof(PolicyInputList), PolicyInputList, PolicyKind.Identity) is { } malformed) return malformed;
        if (directory.SourcesOf(PolicySourceArn) is not { } sources) return IamError.NoSuchEntity($"ARN {PolicySourceArn} is not found: it is no user and no group.");
        var boundary = directory.FindUser(PolicySourceArn) is { } user ? directory.BoundaryOf(user) : null;
        return GetContextKeysForPolicyAnswer.Of([.. sources.Select(source => source.Text), .. PolicyInputList ?? [], .. boundary is null ? [] : (PolicyText[])[boundary.Text]]);
    }
}
