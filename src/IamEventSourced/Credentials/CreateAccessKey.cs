namespace IamEventSourced;

/// <summary>Creates an access key. The secret is in this answer and in no other: a repeat of the command answers without it.</summary>
/// <param name="UserName">Whose; none: the caller's own.</param>
public sealed record CreateAccessKey(UserName? UserName = null) : ICommand<CreateAccessKeyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        var user = directory.Find(UserName, call);
        if (UserName is not null && user is null) return IamError.NoSuchEntity("user", UserName);
        var keys = user?.AccessKeys ?? directory.RootKeys;
        if (keys.Count >= directory.Quotas.AccessKeysPerUser) return IamError.LimitExceeded("AccessKeysPerUser", directory.Quotas.AccessKeysPerUser);

        var (key, secret) = (directory.NewAccessKeyId(call), call.Ids.NextSecretAccessKey());
        return ((Outcome)new AccessKeyCreated(key, user?.Id, secret.Fingerprint())).With(new(SecretKind.AccessKey.Of(key), secret));
    }

    /// <inheritdoc/>
    public CreateAccessKeyAnswer Answer(Directory after, Outcome outcome) => new(AccessKeyAnswer.Of(after, outcome));
}

/// <summary>The access key.</summary>
public sealed record CreateAccessKeyAnswer(AccessKeyAnswer AccessKey);

/// <summary>An access key, as AWS describes it at its creation.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="AccessKeyId">Its id.</param>
/// <param name="Status">Active.</param>
/// <param name="SecretAccessKey">The secret; absent when a command is repeated.</param>
/// <param name="CreateDate">When it was made.</param>
public sealed record AccessKeyAnswer(UserName? UserName, AccessKeyId AccessKeyId, StatusType Status, Secret? SecretAccessKey, DateTimeOffset CreateDate)
{
    internal static AccessKeyAnswer Of(Directory after, Outcome outcome)
    {
        var created = outcome.Events.OfType<AccessKeyCreated>().Single();
        return new(created.UserId is { } user ? after.Users[user].Name : null, created.AccessKeyId, StatusType.Active, outcome.Secrets[0].Value, after.At);
    }
}
