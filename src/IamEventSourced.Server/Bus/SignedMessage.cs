namespace IamEventSourced.Server;

/// <summary>
/// The signature of a message on the bus (<see cref="MessageSignature"/>). <see cref="Read"/> checks all that needs no
/// secret; the caller looks the key up and asks <c>Matches</c>.
/// </summary>
public sealed class SignedMessage : GivenSignature
{
    /// <summary>
    /// How long ago a message may have been signed: a queue holds it while we are down or far behind. A message that is played
    /// back within it does nothing: its command id was carried out and is remembered for longer, 30 days.
    /// </summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    SignedMessage(AccessKeyId key, AccountId account, CommandId id, string date, string stringToSign, string signature)
        : base(key, MessageSignature.Scope(date), date, stringToSign, signature) => (Account, Id) = (account, id);

    /// <summary>The account that the message is for.</summary>
    public AccountId Account { get; }
    /// <summary>The command's id.</summary>
    public CommandId Id { get; }

    /// <summary>Reads the signature from a message's headers and checks all of it that needs no secret.</summary>
    /// <param name="headers">The message's headers.</param>
    /// <param name="messageType">The message type as it came, by which the body is read.</param>
    /// <param name="body">The bytes as they came.</param>
    /// <param name="now">The time by this node's clock.</param>
    public static Answer<SignedMessage> Read(IReadOnlyDictionary<string, string?> headers, string messageType, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        string? Header(string name) => headers.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        var (keyId, signature) = (Header(MessageSignature.KeyHeader), Header(MessageSignature.SignatureHeader));
        if (keyId is null && signature is null) return IamError.MissingAuthenticationToken;
        if (keyId is null) return Missing(MessageSignature.KeyHeader);
        if (signature is null) return Missing(MessageSignature.SignatureHeader);
        if (Header(MessageSignature.DateHeader) is not { } date || SignatureV4.ReadDate(date) is not { } at) return Missing(MessageSignature.DateHeader);
        if (Header(MessageSignature.AccountHeader) is not { } account || AccountId.Limits.Violation(account) is not null) return Missing(MessageSignature.AccountHeader);
        if (Header(MessageSignature.CommandIdHeader) is not { } id || CommandId.Violation(id) is not null) return Missing(MessageSignature.CommandIdHeader);
        if (body.Length > PlainRequest.MaxBodyBytes) return IamError.RequestEntityTooLarge;
        if (IamError.OutsideWindow(date, at, MaxAge, now) is { } outside) return IamError.RequestExpired(outside);
        if (AccessKeyId.Limits.Violation(keyId) is not null) return IamError.InvalidClientTokenId;

        return new SignedMessage(keyId, account, id, date, MessageSignature.StringToSign(date, account, id, messageType, body.Span), signature);
    }

    /// <summary>The access key that a message says to be signed with, whatever else is wrong with it; null: none can be read.</summary>
    public static AccessKeyId? ClaimedKey(IReadOnlyDictionary<string, string?> headers) =>
        headers.GetValueOrDefault(MessageSignature.KeyHeader) is { } key && AccessKeyId.Limits.Violation(key) is null ? new AccessKeyId(key) : null;

    static IamError Missing(string header) => IamError.IncompleteSignature($"The message requires a valid '{header}' header.");
}
