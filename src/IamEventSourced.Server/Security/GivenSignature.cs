using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>
/// A signature that was read and is of the right form, scope and time; whether it is true is for <c>Matches</c> to say.
/// No record: a signature can be used again as long as its window is open, and a record would print it.
/// </summary>
public abstract class GivenSignature(AccessKeyId key, SigningScope scope, string date, string stringToSign, string signature, string? sessionToken = null)
{
    static readonly Secret Nobodys = new(Convert.ToHexString(RandomNumberGenerator.GetBytes(20)));

    /// <summary>The access key that is said to have signed.</summary>
    public AccessKeyId Key => key;
    /// <summary>Day, region and service of the signing key.</summary>
    public SigningScope Scope => scope;
    /// <summary>When it was signed, as it was signed: <c>yyyyMMddTHHmmssZ</c>.</summary>
    public string Date => date;

    /// <summary>What came with temporary credentials; null: the key is said to be a long-term one.</summary>
    public string? SessionToken => sessionToken;

    /// <summary>Whether this secret made the signature; compared in constant time.</summary>
    public bool Matches(Secret secret) => Matches(SignatureV4.DeriveKey(secret, scope));

    /// <summary>Whether this signing key, derived for <see cref="Scope"/>, made the signature; compared in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> signingKey) => SignatureV4.IsSigned(signingKey, stringToSign, signature);

    /// <summary>False, after the work of <see cref="Matches(Secret)"/>: for a key that is not known, so that time does not tell which are.</summary>
    public bool MatchesNobody() => Matches(Nobodys) & false;

    /// <summary>
    /// A command id for a request that brought none. The same signature is the same id: a request that is played back, or two
    /// honest equal ones of one second (they sign alike), are answered from the first.
    /// </summary>
    protected CommandId IdOfSignature() => CommandId.OfSignature(SignatureV4.PayloadHash(Encoding.UTF8.GetBytes($"{key}\n{date}\n{signature}"))[..32]);

    /// <inheritdoc/>
    public sealed override string ToString() => $"signature of {key}";
}
