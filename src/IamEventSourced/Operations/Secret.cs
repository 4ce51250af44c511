using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced;

/// <summary>
/// A secret that is shown once, in the answer that made it. It prints as asterisks, so that no log, message or
/// exception holds it; only <see cref="Json.Options"/> writes it, and what is kept of an answer (<see cref="Json.WithoutSecrets"/>) lacks it.
/// </summary>
public sealed class Secret(string value)
{
    /// <summary>The secret itself.</summary>
    public string Reveal() => value;

    /// <summary>What an event keeps of the secret, so that another in its place is noticed.</summary>
    public Fingerprint Fingerprint() => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"iam-secret-fingerprint\n{value}"))));

    /// <inheritdoc/>
    public override string ToString() => "***";
}

/// <summary>SHA-256 of a secret under a heading of its own, in hexadecimal. Secrets have 240 random bits, so nothing leads back from it.</summary>
public sealed record Fingerprint(string Value) : Text<Fingerprint>(Value), IText<Fingerprint>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(64, 64, "[0-9a-f]+");
    /// <inheritdoc/>
    public static implicit operator Fingerprint(string text) => new(text);
}

/// <summary>What secrets are for. The name is stored, and sealed in, with each of the kind: never changed.</summary>
public sealed class SecretKind
{
    SecretKind(string name, bool isHeld) => (Name, IsHeld) = (name, isHeld);

    /// <summary>The secret of an access key, by the key's id.</summary>
    public static SecretKind AccessKey { get; } = new("access-key", isHeld: true);
    /// <summary>The private key of a server certificate, by the certificate's id.</summary>
    public static SecretKind PrivateKey { get; } = new("private-key", isHeld: false);

    /// <summary>A password's salted hash, with those of earlier ones that must not come again, by the password's id.</summary>
    public static SecretKind Password { get; } = new("password", isHeld: false);

    /// <summary>The seed of a virtual MFA device, by the device's id.</summary>
    public static SecretKind MFASeed { get; } = new("mfa-seed", isHeld: true);

    /// <summary>Root's e-mail address, which is kept as a secret is because it is personal.</summary>
    public static SecretKind PrimaryEmail { get; } = new("primary-email", isHeld: false);

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<SecretKind> All { get; } = [AccessKey, PrivateKey, Password, MFASeed, PrimaryEmail];

    /// <summary>The name: lower case with hyphens.</summary>
    public string Name { get; }
    /// <summary>Whether a node holds those of its live accounts in memory, sealed, so that it needs no database to use one.</summary>
    public bool IsHeld { get; }

    /// <summary>The secret of this kind that belongs to a credential, or to the user whose only one it is.</summary>
    public SecretId Of(IEntityId credential) => new(this, credential.Value);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Which secret of an account: one kind's may have the id that another kind's has.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Id">The id of what it belongs to.</param>
public readonly record struct SecretId(SecretKind Kind, string Id)
{
    /// <summary>Root's e-mail address, of which an account has one.</summary>
    public static SecretId PrimaryEmail { get; } = new(SecretKind.PrimaryEmail, "root");
}

/// <summary>
/// A secret that a command makes: kept encrypted beside the stream, in the transaction of the event that <see cref="AccountEvent.KeepsSecret"/>
/// says so of, and bound to that event's revision: an earlier one in its place does not open.
/// </summary>
/// <param name="Id">Which.</param>
/// <param name="Value">The secret.</param>
public sealed record NewSecret(SecretId Id, Secret Value);
