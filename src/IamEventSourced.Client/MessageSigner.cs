namespace IamEventSourced.Client;

/// <summary>Signs messages for the bus with an access key. Operations that take or give a secret are refused there.</summary>
/// <param name="key">The access key.</param>
/// <param name="secret">Its secret.</param>
/// <param name="clock">The clock.</param>
public sealed class MessageSigner(AccessKeyId key, Secret secret, TimeProvider? clock = null)
{
    /// <summary>The headers to send with a message. A message that is sent again may keep them, for 24 hours.</summary>
    /// <param name="account">The account that it is for.</param>
    /// <param name="id">Its command id: carried out once.</param>
    /// <param name="messageType">The operation's name.</param>
    /// <param name="body">The bytes that are sent.</param>
    public Dictionary<string, string> Headers(AccountId account, CommandId id, string messageType, ReadOnlySpan<byte> body)
    {
        var date = SignatureV4.Date((clock ?? TimeProvider.System).GetUtcNow());
        var signingKey = SignatureV4.DeriveKey(secret, MessageSignature.Scope(date));
        return new(StringComparer.Ordinal)
        {
            [MessageSignature.AccountHeader] = account.Value,
            [MessageSignature.CommandIdHeader] = id.Value,
            [MessageSignature.DateHeader] = date,
            [MessageSignature.KeyHeader] = key.Value,
            [MessageSignature.SignatureHeader] = SignatureV4.Sign(signingKey, MessageSignature.StringToSign(date, account, id, messageType, body)),
        };
    }
}
