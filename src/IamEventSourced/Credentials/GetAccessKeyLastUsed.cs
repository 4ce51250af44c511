namespace IamEventSourced;

/// <summary>
/// When an access key last signed a request that was accepted as its own, for what service and region. It is kept beside the account's stream, some
/// seconds late. Of a past moment it is the last use until then: exact to the second where the key was not used again on the same day (UTC), else to the day.
/// </summary>
/// <param name="AccessKeyId">A key of the account, active or not.</param>
public sealed record GetAccessKeyLastUsed(AccessKeyId AccessKeyId) : IHistoryQuery<GetAccessKeyLastUsedAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        directory.KeyOwners.TryGet(AccessKeyId, out var user) ? [directory.ArnOf(directory.Users[user])]
        : directory.RootKeys.Contains(AccessKeyId) ? [Arn.Of(directory.Account, "root")]
        : [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<GetAccessKeyLastUsedAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var isUsers = directory.KeyOwners.TryGet(AccessKeyId, out var user);
        if (!isUsers && !directory.RootKeys.Contains(AccessKeyId)) return IamError.NoSuchEntity($"The Access Key with id {AccessKeyId} cannot be found.");

        var last = (await history.LastUsesOf([AccessKeyId.Value])).GetValueOrDefault(AccessKeyId.Value);
        return new GetAccessKeyLastUsedAnswer(isUsers ? directory.Users[user!].Name : null, new(last?.At, last?.Service ?? NoUse, last?.Region ?? NoUse));
    }

    const string NoUse = "N/A";
}

/// <summary>Whose the key is, and its last use.</summary>
/// <param name="UserName">Whose; absent for root.</param>
/// <param name="AccessKeyLastUsed">The last use.</param>
public sealed record GetAccessKeyLastUsedAnswer(UserName? UserName, AccessKeyLastUsed AccessKeyLastUsed);

/// <summary>A last use, as AWS describes it.</summary>
/// <param name="LastUsedDate">When, to the second; absent: none is known.</param>
/// <param name="ServiceName">The service that was signed for; N/A: none is known.</param>
/// <param name="Region">The region that was signed for, <c>bus</c> for a message; N/A: none is known.</param>
public sealed record AccessKeyLastUsed(DateTimeOffset? LastUsedDate, string ServiceName, string Region);

/// <summary>A use of an access key or password.</summary>
/// <param name="At">When, in UTC and whole microseconds.</param>
/// <param name="Service">The service that was signed for; <c>signin</c> for a password.</param>
/// <param name="Region">The region that was signed for; empty for a password.</param>
public sealed record CredentialUse(DateTimeOffset At, string Service, string Region);
