namespace IamEventSourced;

/// <summary>
/// An e-mail address of ASCII, without quotes: 1–64 characters of RFC 5322's dot-atom, one @, and a domain of two labels or more, 254 in all (RFC 5321). Personal, so it is a secret as others are:
/// it prints as asterisks, and is kept encrypted beside the stream. Two that differ in case alone are one.
/// </summary>
public sealed class EmailAddress(string value) : SecretText<EmailAddress>(value), IText<EmailAddress>
{
    const string Atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", Label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(5, 254, $@"(?=[^@]{{1,64}}@){Atom}(?:\.{Atom})*@(?:{Label}\.)+{Label}", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator EmailAddress(string text) => new(text);

    /// <summary>As it is compared: without case.</summary>
    public string Key => Reveal().ToLowerInvariant();
}
