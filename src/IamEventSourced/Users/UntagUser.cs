using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Takes tags away from a user. Keys that it does not have change nothing.</summary>
/// <param name="UserName">The user.</param>
/// <param name="TagKeys">The keys, in any case, up to 50; the condition key <c>aws:TagKeys</c>.</param>
public sealed record UntagUser(UserName UserName, [MaxLength(Tag.Most)] TagKey[] TagKeys) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(directory.ArnOf(UserName).Value).WithTagKeys(TagKeys)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);

        return user.Tags.Take(TagKeys, key => new UserUntagged(user.Id, key));
    }
}
