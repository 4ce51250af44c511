using System.Globalization;

namespace IamEventSourced;

/// <summary>A long-term access key. Its secret is kept encrypted beside the stream.</summary>
/// <param name="Id">AKIA….</param>
/// <param name="Created">The event that made it.</param>
public sealed record AccessKey(AccessKeyId Id, Stamp Created)
{
    /// <summary>Whether it signs; it does from its creation on.</summary>
    public StatusType Status { get; init; } = StatusType.Active;
    /// <summary>The event that put the status in place.</summary>
    public Stamp StatusSince { get; init; } = Created;
}

/// <summary>AWS: AKIA, of a session ASIA, and 16 more of A–Z, 2–7; the account is encoded in it.</summary>
public sealed record AccessKeyId(string Value) : Text<AccessKeyId>(Value), IText<AccessKeyId>, IEntityId
{
    const string LongTerm = "AKIA", Temporary = "ASIA";
    const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator AccessKeyId(string text) => new(text);

    /// <summary>A key of an account: AWS's layout, 80 bits of base 32 of which bits 78–39 are the account's number.</summary>
    /// <param name="account">The account.</param>
    /// <param name="random">39 random bits.</param>
    public static AccessKeyId Of(AccountId account, ulong random)
    {
        var bits = (UInt128.One << 79) | ((UInt128)ulong.Parse(account.Value, CultureInfo.InvariantCulture) << 39) | (random & ((1UL << 39) - 1));
        Span<char> letters = stackalloc char[16];
        for (var i = 15; i >= 0; i--, bits >>= 5) letters[i] = Alphabet[(int)(bits & 31)];
        return new(string.Concat(LongTerm, letters));
    }

    /// <summary>The id for temporary credentials that differs from this one in being temporary alone.</summary>
    public AccessKeyId AsTemporary() => new(string.Concat(Temporary, Value.AsSpan(LongTerm.Length)));

    /// <summary>The account that the key belongs to; null when this is no key of AWS's layout.</summary>
    public AccountId? Account
    {
        get
        {
            if (Value.Length is not 20 || !Value.StartsWith(LongTerm, StringComparison.Ordinal) && !Value.StartsWith(Temporary, StringComparison.Ordinal)) return null;
            UInt128 bits = 0;
            foreach (var letter in Value.AsSpan(LongTerm.Length))
            {
                if (Alphabet.IndexOf(letter, StringComparison.Ordinal) is not (>= 0 and var digit)) return null;
                bits = (bits << 5) | (uint)digit;
            }
            var number = (ulong)(bits >> 39) & ((1UL << 40) - 1);
            return number < 1_000_000_000_000 ? new(number.ToString("D12", CultureInfo.InvariantCulture)) : null;
        }
    }
}

/// <summary>What can be asked of the access keys.</summary>
public static class AccessKeyDirectory
{
    extension(Directory directory)
    {
        /// <summary>An id for a new access key, which none of the account has.</summary>
        internal AccessKeyId NewAccessKeyId(Call call)
        {
            AccessKeyId key;
            do key = call.Ids.NextAccessKeyId(directory.Account);
            while (directory.KeyOwners.Contains(key) || directory.RootKeys.Contains(key));
            return key;
        }

        /// <summary>The key, if it signs for this user of the account, or, where no user is named, for its root; else null. In a closed account none does.</summary>
        public AccessKey? Signing(AccessKeyId key, UserId? user) => directory.Closed is null
            && (user is null ? directory.RootKeys : directory.Users.Find(user)?.AccessKeys) is { } keys && keys.TryGet(key, out var found) && found.Status == StatusType.Active ? found : null;
    }
}
