using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Puts tags on a policy. A tag in place of one of the same key, which is compared without case; one that is so already stays so.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="Tags">Up to 50, each key once; the policy may have 50 altogether: LimitExceeded. They are the condition keys <c>aws:RequestTag/…</c> and <c>aws:TagKeys</c>.</param>
public sealed record TagPolicy(Arn PolicyArn, [MaxLength(Tag.Most)] Tag[] Tags) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(PolicyArn.Value).WithTags(Tags)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags.TagRefusal is { } unfit) return unfit;
        if (PolicyArn.IsOfAwsPolicy) return directory.NotForChange(this, call, PolicyArn);
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);

        return policy.Tags.Put(Tags, tag => new PolicyTagged(policy.Id, tag.Key, tag.Value));
    }
}
