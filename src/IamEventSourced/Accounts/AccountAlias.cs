namespace IamEventSourced;

/// <summary>AWS: 3–63 of a–z, 0–9 and single hyphens within. Unique over all accounts.</summary>
public sealed record AccountAlias(string Value) : Text<AccountAlias>(Value), IText<AccountAlias>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 63, "[a-z0-9](?:[a-z0-9]|-(?!-))*[a-z0-9]");
    /// <inheritdoc/>
    public static implicit operator AccountAlias(string text) => new(text);
}

/// <summary>The alias that an account has.</summary>
/// <param name="Alias">The alias.</param>
/// <param name="Since">The event that gave it.</param>
public sealed record AliasInForce(AccountAlias Alias, Stamp Since);
