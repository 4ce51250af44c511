namespace IamEventSourced;

/// <summary>Creates a managed policy, with its version v1 in force and attached to nobody.</summary>
/// <param name="PolicyName">Its name, unique in the account without case.</param>
/// <param name="PolicyDocument">Its text; one that is no policy: MalformedPolicyDocument; one too long: LimitExceeded.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="Description">For people; it can't be changed.</param>
public sealed record CreatePolicy(PolicyName PolicyName, PolicyText PolicyDocument, PolicyPath? Path = null, PolicyDescription? Description = null) : ICommand<CreatePolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn.Of(directory.Account, $"policy{FullPath}{PolicyName}")];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyDocument.ManagedRefusal(directory.Quotas) is { } refusal) return refusal;
        if (directory.Policies.Find(PolicyName) is { } taken) return IamError.PolicyAlreadyExists(taken.Name);
        if (directory.Policies.Count >= directory.Quotas.PoliciesPerAccount) return IamError.LimitExceeded("PoliciesPerAccount", directory.Quotas.PoliciesPerAccount);

        return new PolicyCreated(call.Ids.Next("ANPA"), PolicyName, FullPath, Description, PolicyDocument);
    }

    /// <inheritdoc/>
    public CreatePolicyAnswer Answer(Directory after, Outcome outcome) => new(PolicyAnswer.Of(after, after.Policies.Find(PolicyName)!));

    IamPath FullPath => Path is null ? IamPath.Root : new(Path.Value);
}

/// <summary>The policy that was created.</summary>
public sealed record CreatePolicyAnswer(PolicyAnswer Policy);
