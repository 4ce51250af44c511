namespace IamEventSourced;

/// <summary>The account asks this of its users' passwords, in place of all that it asked before; 0 days and 0 passwords: no such rule.</summary>
[Stored("account-password-policy-updated")]
public sealed record AccountPasswordPolicyUpdated(int MinimumPasswordLength, bool RequireSymbols, bool RequireNumbers, bool RequireUppercaseCharacters, bool RequireLowercaseCharacters,
    bool AllowUsersToChangePassword, int MaxPasswordAge, int PasswordReusePrevention, bool HardExpiry) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with
    {
        PasswordPolicy = new(MinimumPasswordLength, RequireSymbols, RequireNumbers, RequireUppercaseCharacters, RequireLowercaseCharacters, AllowUsersToChangePassword, MaxPasswordAge, PasswordReusePrevention, HardExpiry, stamp),
    };
}

/// <summary>The account has no password policy of its own any more.</summary>
[Stored("account-password-policy-deleted")]
public sealed record AccountPasswordPolicyDeleted : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { PasswordPolicy = null };
}
