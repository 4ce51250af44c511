using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Puts tags on a user. A tag in place of one of the same key, which is compared without case; one that is so already stays so.</summary>
/// <param name="UserName">The user.</param>
/// <param name="Tags">Up to 50, each key once; the user may have 50 altogether: LimitExceeded. They are the condition keys <c>aws:RequestTag/…</c> and <c>aws:TagKeys</c>.</param>
public sealed record TagUser(UserName UserName, [MaxLength(Tag.Most)] Tag[] Tags) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(UserName).Value).WithTags(Tags)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags.TagRefusal is { } unfit) return unfit;
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        return user.Tags.Put(Tags, tag => new UserTagged(user.Id, tag.Key, tag.Value));
    }
}
