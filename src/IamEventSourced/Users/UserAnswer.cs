namespace IamEventSourced;

/// <summary>A user, as AWS describes it.</summary>
/// <param name="Path">Its path.</param>
/// <param name="UserName">Its name; root has none.</param>
/// <param name="UserId">Its id.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="CreateDate">When it was made.</param>
/// <param name="PasswordLastUsed">When its password was last used to sign in, some seconds late; absent where it was not, or there is none, and in what other operations than GetUser and ListUsers answer.</param>
/// <param name="PermissionsBoundary">What bounds it; absent where nothing does, and in lists.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none, and in lists.</param>
public sealed record UserAnswer(IamPath Path, UserName? UserName, string UserId, Arn Arn, DateTimeOffset CreateDate, DateTimeOffset? PasswordLastUsed = null, PermissionsBoundaryAnswer? PermissionsBoundary = null,
    IReadOnlyList<Tag>? Tags = null)
{
    /// <summary>The user as it is in this directory, whole.</summary>
    public static UserAnswer Whole(Directory directory, User user) => Of(directory, user) with
    {
        PermissionsBoundary = PermissionsBoundaryAnswer.Of(directory, user),
        Tags = user.Tags.Shown,
    };

    /// <summary>The user as it is in this directory, as lists show it: without boundary and tags.</summary>
    public static UserAnswer Of(Directory directory, User user) => new(user.Path, user.Name, user.Id.Value, directory.ArnOf(user), user.Created.At);

    /// <summary>The users with the last uses of their passwords; of those that have none nothing is looked up.</summary>
    internal static async Task<UserAnswer[]> WithPasswordLastUsed(IReadOnlyList<UserAnswer> users, Directory directory, IHistory history)
    {
        var uses = await history.LastUsesOf([.. users.Where(user => directory.LoginProfileOf(user.UserName is { } name ? directory.Users.Find(name) : null) is not null).Select(user => user.UserId)]);
        return [.. users.Select(user => user with { PasswordLastUsed = uses.GetValueOrDefault(user.UserId)?.At })];
    }

    /// <summary>The root user, which has no name; its id is the account's.</summary>
    public static UserAnswer OfRoot(Directory directory, DateTimeOffset created) =>
        new(IamPath.Root, null, directory.Account.Value, Arn.Of(directory.Account, "root"), created);
}

/// <summary>A user's permissions boundary.</summary>
/// <param name="PermissionsBoundaryType">Policy: there is no other kind.</param>
/// <param name="PermissionsBoundaryArn">The policy.</param>
public sealed record PermissionsBoundaryAnswer(string PermissionsBoundaryType, Arn PermissionsBoundaryArn)
{
    /// <summary>The user's, or null.</summary>
    internal static PermissionsBoundaryAnswer? Of(Directory directory, User user) =>
        user.Boundary is { } boundary ? new("Policy", directory.ArnOf(directory.PolicyOf(boundary.PolicyId))) : null;
}
