namespace IamEventSourced;

/// <summary>AWS: 1–128 of the characters U+0020–U+00FF, tab, line feed and carriage return.</summary>
public sealed class Password(string value) : SecretText<Password>(value), IText<Password>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator Password(string text) => new(text);
}

/// <summary>APWD and 17 more: each password that a user or root gets has another. Its hash is kept, sealed, under this id, with those of earlier ones that it must not be again.</summary>
public sealed record PasswordId(string Value) : Text<PasswordId>(Value), IText<PasswordId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "APWD[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator PasswordId(string text) => new(text);
}

/// <summary>By what a user, or root, signs in to the console.</summary>
/// <param name="PasswordId">The password.</param>
/// <param name="PasswordSince">The event that put it in place.</param>
/// <param name="Created">The event that made the login profile.</param>
/// <param name="PasswordResetRequired">The event since which the password has to be changed at the next sign-in; null: it need not be.</param>
public sealed record LoginProfile(PasswordId PasswordId, Stamp PasswordSince, Stamp Created, Stamp? PasswordResetRequired)
{
    /// <summary>Whether the password is older than the policy allows.</summary>
    /// <param name="policy">The account's password policy; null: it has none, so nothing expires.</param>
    /// <param name="at">The moment.</param>
    public bool IsExpired(PasswordPolicy? policy, DateTimeOffset at) => policy is { MaxPasswordAge: > 0 and var days } && PasswordSince.At.AddDays(days) <= at;
}

/// <summary>
/// A command by which somebody gets a password. To hash one and to compare it with others takes long on purpose, so it is done before the command's
/// turn comes, and the command decides on what came of it.
/// </summary>
public interface IPasswordCommand : ICommand
{
    /// <summary>What has to be worked out for the command to be decided on this directory; null: nothing.</summary>
    PasswordWork? Work(Directory directory, Call call);
}

/// <summary>What is to be worked out of passwords. A decision takes only what was worked out for what it would ask itself, so that nothing that changed meanwhile is overlooked.</summary>
/// <param name="New">Is hashed.</param>
/// <param name="Replaced">The login profile whose password it replaces; null: there is none.</param>
/// <param name="Old">What the replaced password has to be; null: whatever it is.</param>
/// <param name="Last">How many of the last passwords, the replaced one first, the new one may not be.</param>
public sealed record PasswordWork(Password New, LoginProfile? Replaced, Password? Old, int Last)
{
    /// <summary>Why what was worked out does not do for the new password; null: it does.</summary>
    internal IamError? Refusal(Call call) =>
        call.Passwords is not { } worked || worked.Work != this ? IamError.EntityTemporarilyUnmodifiable("The login profile or the password policy was changed at the same moment; send the request again.")
        : !worked.OldIsRight ? new IamError("AccessDenied", 403, "The old password is not the one that is in force.")
        : worked.IsReused ? IamError.PasswordPolicyViolation("Password does not conform to the account password policy.")
        : null;
}

/// <summary>What was worked out of passwords.</summary>
/// <param name="Work">For what.</param>
/// <param name="Hash">The new password's salted hash, and those of the last ones that the next may not be either.</param>
/// <param name="OldIsRight">Whether the old password is the replaced one; true where none was asked for.</param>
/// <param name="IsReused">Whether the new password is one of the last ones.</param>
public sealed record PasswordWorked(PasswordWork Work, Secret Hash, bool OldIsRight, bool IsReused);

/// <summary>What can be asked of passwords.</summary>
public static class PasswordDirectory
{
    const int ShortestPassword = 8, KindsOfCharacters = 3; // AWS's default, where the account has no policy
    const string Symbols = "!@#$%^&*()_+-=[]{}|'";

    extension(Directory directory)
    {
        /// <summary>The login profile of a user, or, where none is named, root's; null: it has none.</summary>
        public LoginProfile? LoginProfileOf(User? user) => user is null ? directory.RootLoginProfile : user.LoginProfile;

        /// <summary>Whether the password signs this user of the account in, or, where no user is named, its root. In a closed account none does.</summary>
        public bool SignsIn(PasswordId password, UserId? user) => directory.Closed is null && (user is null ? directory.RootLoginProfile : directory.Users.Find(user)?.LoginProfile)?.PasswordId == password;

        /// <summary>How many of its last passwords, the one in force first, a new password of the user may not be; root's may be any.</summary>
        internal int LastPasswordsOf(User? user) => user is null ? 0 : directory.PasswordPolicy?.PasswordReusePrevention ?? 0;

        /// <summary>Why this can't be a password of the user, or, where none is named, of root, which is under AWS's default alone; null: it can.</summary>
        internal IamError? PasswordRefusal(User? user, Password password)
        {
            var text = password.Reveal();
            (bool Has, string Words)[] kinds =
            [
                (text.Any(char.IsAsciiLetterUpper), "Password should have at least one uppercase letter"), (text.Any(char.IsAsciiLetterLower), "Password should have at least one lowercase letter"),
                (text.Any(char.IsAsciiDigit), "Password should have at least one number"), (text.Any(Symbols.Contains), "Password should have at least one symbol"),
            ];
            var missing = kinds.Where(kind => !kind.Has).Select(kind => kind.Words);
            if (user is not null && directory.PasswordPolicy is { } policy)
            {
                bool[] required = [policy.RequireUppercaseCharacters, policy.RequireLowercaseCharacters, policy.RequireNumbers, policy.RequireSymbols];
                return text.Length < policy.MinimumPasswordLength ? TooShort(policy.MinimumPasswordLength)
                    : kinds.Where((kind, i) => required[i] && !kind.Has).Select(kind => kind.Words).FirstOrDefault() is { } words ? IamError.PasswordPolicyViolation(words) : null;
            }
            return text.Length < ShortestPassword ? TooShort(ShortestPassword)
                : kinds.Count(kind => kind.Has) is var has && has < KindsOfCharacters ? IamError.PasswordPolicyViolation($"Password should meet {KindsOfCharacters - has} more of the following requirements: {string.Join(", ", missing)}")
                : text.Equals(directory.Name?.Value, StringComparison.OrdinalIgnoreCase) ? IamError.PasswordPolicyViolation("Password should not be the account's name")
                : null;
        }
    }

    static IamError TooShort(int length) => IamError.PasswordPolicyViolation($"Password should have a minimum length of {length}");
}
