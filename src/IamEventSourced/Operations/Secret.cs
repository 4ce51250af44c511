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

/// <summary>A secret that a command makes: kept encrypted beside the stream, in the transaction of the command's events.</summary>
/// <param name="CredentialId">The access key, or another credential, that it belongs to.</param>
/// <param name="Value">The secret.</param>
public sealed record NewSecret(IEntityId CredentialId, Secret Value);
