using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>
/// Temporary credentials that are kept nowhere: the session token is the session, sealed under a key of the account (AES-256-GCM) and bound to its access key id;
/// the secret is derived from the token under another one. Both come from the account's data key.
/// </summary>
static class SessionToken
{
    const byte Version = 1;
    const int MostCharacters = 2_048, SecretBytes = 30;

    sealed record Content(UserId? User, Session Session);

    /// <summary>The credentials of a session.</summary>
    /// <param name="dataKey">The account's.</param>
    /// <param name="key">Their access key id.</param>
    /// <param name="user">Whose the session is; null: root's.</param>
    /// <param name="session">The session.</param>
    public static Credentials Seal(DataKey dataKey, AccessKeyId key, UserId? user, Session session)
    {
        var token = Convert.ToBase64String(SecretBox.Seal(Version, dataKey.Derive(nameof(SessionToken)), JsonSerializer.SerializeToUtf8Bytes(new Content(user, session), Json.Options), Bound(key)));
        return new(key, SecretOf(dataKey, token), new(token), session.Expires);
    }

    /// <summary>Whose session a token is of, and their secret; null: it is none of the account's, or of another access key id.</summary>
    public static (UserId? User, Session Session, Func<Secret> Secret)? Open(DataKey dataKey, AccessKeyId key, string token)
    {
        var box = new byte[token.Length];
        if (token.Length > MostCharacters || !Convert.TryFromBase64String(token, box, out var count) || Convert.ToBase64String(box.AsSpan(0, count)) != token || box is not [Version, ..]) return null;
        try
        {
            var (user, session) = JsonSerializer.Deserialize<Content>(SecretBox.Open(dataKey.Derive(nameof(SessionToken)), box.AsSpan(0, count), Bound(key), "a session token"), Json.Options)!;
            return (user, session, () => SecretOf(dataKey, token));
        }
        catch (SecretUnreadableException) { return null; }
    }

    static Secret SecretOf(DataKey dataKey, string token) => new(Convert.ToBase64String(HMACSHA256.HashData(dataKey.Derive($"{nameof(SessionToken)}/secret"), Encoding.ASCII.GetBytes(token)).AsSpan(0, SecretBytes)));

    static byte[] Bound(AccessKeyId key) => Encoding.ASCII.GetBytes(key.Value);
}
