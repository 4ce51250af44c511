namespace IamEventSourced;

/// <summary>What the account asks of its users' passwords (AWS: account password policy); root's is not subject to it.</summary>
/// <param name="MinimumPasswordLength">Characters at least.</param>
/// <param name="RequireSymbols">One of ! @ # $ % ^ &amp; * ( ) _ + - = [ ] { } | ' at least.</param>
/// <param name="RequireNumbers">One of 0–9 at least.</param>
/// <param name="RequireUppercaseCharacters">One of A–Z at least.</param>
/// <param name="RequireLowercaseCharacters">One of a–z at least.</param>
/// <param name="AllowUsersToChangePassword">Whether every user may change its own password and read this policy, as far as nothing denies it.</param>
/// <param name="MaxPasswordAge">Days that a password is good for; 0: for ever.</param>
/// <param name="PasswordReusePrevention">How many of a user's last passwords a new one may not be; 0: it may be any.</param>
/// <param name="HardExpiry">Whether who signs in with an expired password may not set a new one.</param>
/// <param name="Since">The event that put it in place.</param>
public sealed record PasswordPolicy(int MinimumPasswordLength, bool RequireSymbols, bool RequireNumbers, bool RequireUppercaseCharacters, bool RequireLowercaseCharacters, bool AllowUsersToChangePassword,
    int MaxPasswordAge, int PasswordReusePrevention, bool HardExpiry, Stamp Since)
{
    // The name is unique in the account, so that a path before it makes nobody another.
    static readonly PolicyText OwnPassword = """
        {"Version":"2012-10-17","Statement":[
          {"Sid":"ChangeOwnPassword","Effect":"Allow","Action":"iam:ChangePassword","Resource":["arn:aws:iam::*:user/${aws:username}","arn:aws:iam::*:user/*/${aws:username}"],
           "Condition":{"StringEquals":{"aws:ResourceAccount":"${aws:PrincipalAccount}"}}},
          {"Sid":"ReadPasswordPolicy","Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]}
        """;

    /// <summary>What the policy grants every user of the account, as an inline policy of the account's; null: nothing.</summary>
    /// <param name="account">The account.</param>
    internal GrantSource? GrantIn(AccountId account) => !AllowUsersToChangePassword ? null
        : new(new($"{account}:AccountPasswordPolicy", OwnPassword.Compiled), OwnPassword, "AccountPasswordPolicy", null, null, Arn.Of(account, "root"), Since);
}

/// <summary>AWS: 6–128 characters.</summary>
public sealed record MinimumPasswordLength(int Value) : Number<MinimumPasswordLength>(Value), INumber<MinimumPasswordLength>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (6, 128);
    /// <inheritdoc/>
    public static implicit operator MinimumPasswordLength(int number) => new(number);
}

/// <summary>AWS: 1–1,095 days.</summary>
public sealed record MaxPasswordAge(int Value) : Number<MaxPasswordAge>(Value), INumber<MaxPasswordAge>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, 1095);
    /// <inheritdoc/>
    public static implicit operator MaxPasswordAge(int number) => new(number);
}

/// <summary>AWS: 1–24 passwords.</summary>
public sealed record PasswordReusePrevention(int Value) : Number<PasswordReusePrevention>(Value), INumber<PasswordReusePrevention>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, 24);
    /// <inheritdoc/>
    public static implicit operator PasswordReusePrevention(int number) => new(number);
}
