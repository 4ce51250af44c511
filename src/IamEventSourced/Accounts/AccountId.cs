namespace IamEventSourced;

/// <summary>12 digits. It is the key of the account's stream and its tenant.</summary>
public sealed record AccountId(string Value) : Text<AccountId>(Value), IText<AccountId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 12, "[0-9]+");
    /// <inheritdoc/>
    public static implicit operator AccountId(string text) => new(text);

    /// <summary>Of the operator's own access keys; no account.</summary>
    public static AccountId Operator { get; } = "000000000000";
}

/// <summary>AWS: 1–50 printable characters. What people call the account; not unique.</summary>
public sealed record AccountName(string Value) : Text<AccountName>(Value), IText<AccountName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 50, @"[\u0020-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator AccountName(string text) => new(text);
}
