using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Creates a managed policy, with its version v1 in force and attached to nobody.</summary>
/// <param name="PolicyName">Its name, unique in the account without case.</param>
/// <param name="PolicyDocument">Its text; one that is no policy: MalformedPolicyDocument; one too long: LimitExceeded.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="Description">For people; it can't be changed.</param>
/// <param name="Tags">Its tags, up to 50, each key once; with tags the caller has to be allowed <c>iam:TagPolicy</c> too.</param>
public sealed record CreatePolicy(PolicyName PolicyName, PolicyText PolicyDocument, PolicyPath? Path = null, PolicyDescription? Description = null, [MaxLength(Tag.Most)] Tag[]? Tags = null) : ICommand<CreatePolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var policy = new Permission(Arn.Of(directory.Account, $"policy{FullPath}{PolicyName}").Value).WithTags(Tags);
        return Tags is { Length: > 0 } ? [policy, policy with { Action = "iam:TagPolicy" }] : [policy];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags?.TagRefusal is { } unfit) return unfit;
        if (PolicyDocument.ManagedRefusal(directory.Quotas) is { } refusal) return refusal;
        if (directory.Policies.Find(PolicyName) is { } taken) return IamError.PolicyAlreadyExists(taken.Name);
        if (directory.Policies.Count >= directory.Quotas.PoliciesPerAccount) return IamError.LimitExceeded("PoliciesPerAccount", directory.Quotas.PoliciesPerAccount);

        var created = new PolicyCreated(call.Ids.Next("ANPA"), PolicyName, FullPath, Description, PolicyDocument);
        return new AccountEvent[] { created }.Concat((Tags ?? []).Select(tag => new PolicyTagged(created.PolicyId, tag.Key, tag.Value))).ToArray();
    }

    /// <inheritdoc/>
    public CreatePolicyAnswer Answer(Directory after, Outcome outcome) => new(PolicyAnswer.Whole(after, after.Policies.Find(PolicyName)!));

    IamPath FullPath => Path is null ? IamPath.Root : new(Path.Value);
}

/// <summary>The policy that was created.</summary>
public sealed record CreatePolicyAnswer(PolicyAnswer Policy);
