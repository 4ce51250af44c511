namespace IamEventSourced;

/// <summary>
/// A secret that is shown once, in the answer that made it. It prints as asterisks, so that no log, message or
/// exception holds it; only <see cref="Json.Options"/> writes it, and what is kept of an answer (<see cref="Json.WithoutSecrets"/>) lacks it.
/// </summary>
public sealed class Secret(string value)
{
    /// <summary>The secret itself.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public override string ToString() => "***";
}

/// <summary>A secret that a command makes: kept encrypted beside the stream, in the transaction of the command's events.</summary>
/// <param name="CredentialId">The access key, or another credential, that it belongs to.</param>
/// <param name="Value">The secret.</param>
public sealed record NewSecret(AccessKeyId CredentialId, Secret Value);
