namespace IamEventSourced;

/// <summary>A user, as AWS describes it.</summary>
public sealed record UserAnswer(IamPath Path, UserName? UserName, string UserId, Arn Arn, DateTimeOffset CreateDate)
{
    /// <summary>The user as it is in this directory.</summary>
    public static UserAnswer Of(Directory directory, User user) => new(user.Path, user.Name, user.Id.Value, directory.ArnOf(user), user.Created.At);

    /// <summary>The root user, which has no name; its id is the account's.</summary>
    public static UserAnswer OfRoot(Directory directory, DateTimeOffset created) =>
        new(IamPath.Root, null, directory.Account.Value, Arn.Of(directory.Account, "root"), created);
}
