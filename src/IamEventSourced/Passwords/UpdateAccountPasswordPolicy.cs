namespace IamEventSourced;

/// <summary>Says what the account asks of its users' passwords, in place of all that it asked before: what is not given takes AWS's default. Passwords that there are stay as they are.</summary>
/// <param name="MinimumPasswordLength">Characters at least; 6 where it is not given.</param>
/// <param name="RequireSymbols">Whether one of ! @ # $ % ^ &amp; * ( ) _ + - = [ ] { } | ' has to be there; false where it is not given.</param>
/// <param name="RequireNumbers">Whether one of 0–9 has to be there; false where it is not given.</param>
/// <param name="RequireUppercaseCharacters">Whether one of A–Z has to be there; false where it is not given.</param>
/// <param name="RequireLowercaseCharacters">Whether one of a–z has to be there; false where it is not given.</param>
/// <param name="AllowUsersToChangePassword">Whether every user may change its own password, and read this policy; false where it is not given: who has the permission may.</param>
/// <param name="MaxPasswordAge">Days that a password is good for; for ever where it is not given.</param>
/// <param name="PasswordReusePrevention">How many of a user's last passwords a new one may not be; any where it is not given.</param>
/// <param name="HardExpiry">Whether who signs in with an expired password may not set a new one; false where it is not given.</param>
public sealed record UpdateAccountPasswordPolicy(MinimumPasswordLength? MinimumPasswordLength = null, bool? RequireSymbols = null, bool? RequireNumbers = null, bool? RequireUppercaseCharacters = null, bool? RequireLowercaseCharacters = null,
    bool? AllowUsersToChangePassword = null, MaxPasswordAge? MaxPasswordAge = null, PasswordReusePrevention? PasswordReusePrevention = null, bool? HardExpiry = null) : ICommand
{
    const int ShortestPassword = 6; // AWS's default of an account that has a policy

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        var updated = new AccountPasswordPolicyUpdated(MinimumPasswordLength?.Value ?? ShortestPassword, RequireSymbols is true, RequireNumbers is true, RequireUppercaseCharacters is true, RequireLowercaseCharacters is true,
            AllowUsersToChangePassword is true, MaxPasswordAge?.Value ?? 0, PasswordReusePrevention?.Value ?? 0, HardExpiry is true);
        if (directory.PasswordPolicy is { } policy && updated.Apply(directory, policy.Since).PasswordPolicy == policy) return Outcome.Unchanged;

        return updated;
    }
}
