namespace IamEventSourced;

/// <summary>Which account an access key id belongs to, read from the id alone: whether there is, or was, such a key is not told.</summary>
/// <param name="AccessKeyId">The id, of any account, long-term or temporary; one that encodes no account: ValidationError.</param>
[Service("sts")]
public sealed record GetAccessKeyInfo(AccessKeyId AccessKeyId) : IQuery<GetAccessKeyInfoAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetAccessKeyInfoAnswer> Answer(Directory directory, Call call) => AccessKeyId.Account is { } account
        ? new GetAccessKeyInfoAnswer(account)
        : IamError.ValidationError(["Value at 'AccessKeyId' failed to satisfy constraint: Member must be the id of an access key"]);
}

/// <summary>The account.</summary>
public sealed record GetAccessKeyInfoAnswer(AccountId Account);
