using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>Something of an account that good practice would have otherwise, as long as it is so.</summary>
/// <param name="AlertId">Of what it tells: the entity's unique id, the type, and where an entity can have several of a type, the access key or policy; the same for as long as it lasts, and when it begins again.</param>
/// <param name="Type">What kind of thing.</param>
/// <param name="Arn">The user, group or policy that it is about, or root.</param>
/// <param name="EntityId">Its unique id; root's is the account's.</param>
/// <param name="Reason">What is so, and since when, for people.</param>
/// <param name="Recommendation">What to do about it, for people; where no command is proposed, why.</param>
/// <param name="Commands">The commands that are proposed, in the order in which they are to be sent: nobody sends them by himself. Those about root's own credentials are root's to send. None: see the recommendation.</param>
public sealed record Alert(string AlertId, AlertType Type, Arn Arn, string EntityId, string Reason, string Recommendation, IReadOnlyList<CommandInput> Commands);

/// <summary>
/// What an alert is about, in the words of AWS's IAM Access Analyzer (Unused…), else after AWS Config's rules:
/// <c>AccessKeyNotRotated</c> (access-keys-rotated), <c>AdminAccess</c> (iam-policy-no-statements-with-admin-access), <c>ConsoleUserWithoutMFA</c> (mfa-enabled-for-iam-console-access),
/// <c>RootAccessKey</c> (iam-root-access-key-check), <c>UserPolicy</c> (iam-user-no-policies-check).
/// </summary>
public sealed record AlertType(string Value) : Text<AlertType>(Value), IText<AlertType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(10, 22, "AccessKeyNotRotated|AdminAccess|ConsoleUserWithoutMFA|RootAccessKey|UnusedIAMUserAccessKey|UnusedIAMUserPassword|UnusedPermission|UserPolicy");
    /// <inheritdoc/>
    public static implicit operator AlertType(string text) => new(text);

    /// <summary>A user's active access key is older than it should become.</summary>
    public static AlertType AccessKeyNotRotated { get; } = "AccessKeyNotRotated";
    /// <summary>A policy of the account's own that somebody has, or one that is written on a user or group, allows everything on everything.</summary>
    public static AlertType AdminAccess { get; } = "AdminAccess";
    /// <summary>A user, or root, has a password and no MFA device.</summary>
    public static AlertType ConsoleUserWithoutMFA { get; } = "ConsoleUserWithoutMFA";
    /// <summary>Root has an access key, active or not.</summary>
    public static AlertType RootAccessKey { get; } = "RootAccessKey";
    /// <summary>A user's active access key was not used for long.</summary>
    public static AlertType UnusedIAMUserAccessKey { get; } = "UnusedIAMUserAccessKey";
    /// <summary>A user did not sign in by its password for long.</summary>
    public static AlertType UnusedIAMUserPassword { get; } = "UnusedIAMUserPassword";
    /// <summary>A user did not access services for long that its policies grant it.</summary>
    public static AlertType UnusedPermission { get; } = "UnusedPermission";
    /// <summary>A user has policies of its own, not by groups.</summary>
    public static AlertType UserPolicy { get; } = "UserPolicy";
}

/// <summary>AWS's unusedAccessAge: 1–365 days.</summary>
public sealed record AgeInDays(int Value) : Number<AgeInDays>(Value), INumber<AgeInDays>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, 365);
    /// <inheritdoc/>
    public static implicit operator AgeInDays(int number) => new(number);
}

/// <summary>From when on things are alerted, under AWS's names; each is so from the very microsecond on at which the days are over.</summary>
/// <param name="MaxAccessKeyAge">Days after its creation that an access key should be replaced.</param>
/// <param name="MaxCredentialUsageAge">Days that an access key or password may go unused: since its last use, or since it was made, or made active, or since uses are known, whichever was last.</param>
/// <param name="UnusedAccessAge">Days that a service which is granted may go without access: since the last one, or since it is granted, or since accesses are known.</param>
public sealed record AlertLimits(AgeInDays MaxAccessKeyAge, AgeInDays MaxCredentialUsageAge, AgeInDays UnusedAccessAge)
{
    /// <summary>90 days each, as AWS has them where nothing else is said.</summary>
    public static AlertLimits Default { get; } = new(90, 90, 90);
}

/// <summary>That an alert began, or ended, as it is told on the bus.</summary>
/// <param name="NoticeId">The same each time that this is told: who gets it twice knows it by that.</param>
/// <param name="Account">The account.</param>
/// <param name="Status">In AWS's words: ACTIVE, it began; RESOLVED, it is so no more.</param>
/// <param name="Alert">As it was when it began. Its commands fit the account as it was then.</param>
/// <param name="Revision">The account's revision at which that was seen.</param>
/// <param name="At">When it was seen.</param>
public sealed record AlertNotice(string NoticeId, AccountId Account, string Status, Alert Alert, long Revision, DateTimeOffset At)
{
    /// <summary>The status of one that began.</summary>
    public const string Active = "ACTIVE";
    /// <summary>The status of one that ended.</summary>
    public const string Resolved = "RESOLVED";
}
