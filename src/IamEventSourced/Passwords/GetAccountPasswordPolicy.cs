namespace IamEventSourced;

/// <summary>What the account asks of its users' passwords. Where it has no policy of its own: NoSuchEntity.</summary>
public sealed record GetAccountPasswordPolicy : IQuery<GetAccountPasswordPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetAccountPasswordPolicyAnswer> Answer(Directory directory, Call call) => directory.PasswordPolicy is { } policy
        ? new GetAccountPasswordPolicyAnswer(new(policy.MinimumPasswordLength, policy.RequireSymbols, policy.RequireNumbers, policy.RequireUppercaseCharacters, policy.RequireLowercaseCharacters, policy.AllowUsersToChangePassword,
            policy.MaxPasswordAge > 0, policy.MaxPasswordAge > 0 ? policy.MaxPasswordAge : null, policy.PasswordReusePrevention > 0 ? policy.PasswordReusePrevention : null, policy.HardExpiry))
        : IamError.NoPasswordPolicy(directory.Account);
}

/// <summary>The password policy.</summary>
public sealed record GetAccountPasswordPolicyAnswer(PasswordPolicyAnswer PasswordPolicy);

/// <summary>What an account asks of its users' passwords, as AWS describes it.</summary>
/// <param name="MinimumPasswordLength">Characters at least.</param>
/// <param name="RequireSymbols">Whether one of ! @ # $ % ^ &amp; * ( ) _ + - = [ ] { } | ' has to be there.</param>
/// <param name="RequireNumbers">Whether one of 0–9 has to be there.</param>
/// <param name="RequireUppercaseCharacters">Whether one of A–Z has to be there.</param>
/// <param name="RequireLowercaseCharacters">Whether one of a–z has to be there.</param>
/// <param name="AllowUsersToChangePassword">Whether every user may change its own password.</param>
/// <param name="ExpirePasswords">Whether passwords expire.</param>
/// <param name="MaxPasswordAge">After how many days; absent: never.</param>
/// <param name="PasswordReusePrevention">How many of the last passwords a new one may not be; absent: it may be any.</param>
/// <param name="HardExpiry">Whether who signs in with an expired password may not set a new one.</param>
public sealed record PasswordPolicyAnswer(int MinimumPasswordLength, bool RequireSymbols, bool RequireNumbers, bool RequireUppercaseCharacters, bool RequireLowercaseCharacters, bool AllowUsersToChangePassword,
    bool ExpirePasswords, int? MaxPasswordAge, int? PasswordReusePrevention, bool HardExpiry);
