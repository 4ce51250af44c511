namespace IamEventSourced;

/// <summary>Writes one more version of a managed policy; it is in force only when that is asked for.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="PolicyDocument">The version's text; one that is no policy: MalformedPolicyDocument; one too long, or one version too many: LimitExceeded.</param>
/// <param name="SetAsDefault">Whether it comes into force at once.</param>
public sealed record CreatePolicyVersion(Arn PolicyArn, PolicyText PolicyDocument, bool? SetAsDefault = null) : ICommand<CreatePolicyVersionAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);
        if (PolicyDocument.ManagedRefusal(directory.Quotas) is { } refusal) return refusal;
        if (policy.Versions.Count >= directory.Quotas.VersionsPerPolicy) return IamError.TooManyVersions(directory.Quotas.VersionsPerPolicy);

        var created = new PolicyVersionCreated(policy.Id, VersionId.Of(policy.LastVersion + 1), PolicyDocument);
        return SetAsDefault is true ? new AccountEvent[] { created, new DefaultPolicyVersionSet(policy.Id, created.VersionId) } : created;
    }

    /// <inheritdoc/>
    public CreatePolicyVersionAnswer Answer(Directory after, Outcome outcome)
    {
        var created = (PolicyVersionCreated)outcome.Events[0];
        var policy = after.Policies[created.PolicyId];
        return new(PolicyVersionAnswer.Of(policy, policy.Find(created.VersionId)!) with { Document = null });
    }
}

/// <summary>The version that was created, without its text.</summary>
public sealed record CreatePolicyVersionAnswer(PolicyVersionAnswer PolicyVersion);
