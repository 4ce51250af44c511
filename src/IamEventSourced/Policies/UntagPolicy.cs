using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Takes tags away from a policy. Keys that it does not have change nothing.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="TagKeys">The keys, in any case, up to 50; the condition key <c>aws:TagKeys</c>.</param>
public sealed record UntagPolicy(Arn PolicyArn, [MaxLength(Tag.Most)] TagKey[] TagKeys) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(PolicyArn.Value).WithTagKeys(TagKeys)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);

        return policy.Tags.Take(TagKeys, key => new PolicyUntagged(policy.Id, key));
    }
}
