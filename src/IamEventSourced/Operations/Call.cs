using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>The circumstances of one operation: who calls, when, under which id; and where new ids come from.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="Id">The command id: carried out once, however often it arrives.</param>
/// <param name="At">When, in UTC and whole microseconds: given by the account's writer when the command's turn comes, never before an earlier event's.</param>
/// <param name="Ids">Makes the ids and secrets that the command needs.</param>
public sealed record Call(Caller Caller, CommandId Id, DateTimeOffset At, IIdSource Ids)
{
    /// <summary>What the request itself tells: address, client, transport. Decides nothing but conditions; never in an event.</summary>
    public Origin Origin { get; init; } = Origin.Unknown;
    /// <summary>Whether a moment of the past is asked about.</summary>
    public bool IsOfThePast { get; init; }
    /// <summary>What was worked out of passwords before the command's turn came; null: nothing.</summary>
    public PasswordWorked? Passwords { get; init; }
    /// <summary>What came of the codes of an MFA device that the command shows; null: it shows none, or of a device that was not known when they were looked at.</summary>
    public MatchedCodes? Codes { get; init; }
}

/// <summary>Where a request came from, as this service saw it.</summary>
/// <param name="SourceIp">The address of the connection; null for a message on the bus.</param>
/// <param name="UserAgent">As the client calls itself.</param>
/// <param name="SecureTransport">Whether the connection was encrypted.</param>
public sealed record Origin(string? SourceIp, string? UserAgent, bool SecureTransport)
{
    /// <summary>Nothing is known.</summary>
    public static Origin Unknown { get; } = new(null, null, false);
}

/// <summary>An authenticated principal. There is no default one.</summary>
/// <param name="Account">The account it belongs to; <see cref="AccountId.Operator"/> for the operator.</param>
/// <param name="Key">The access key that signed.</param>
public abstract record Caller(AccountId Account, AccessKeyId Key)
{
    /// <summary>Its unique id: a user's AIDA…, root's account id, the operator's "operator".</summary>
    public abstract string PrincipalId { get; }

    /// <summary>The session whose temporary credentials signed; null: a long-term key did.</summary>
    public Session? Session { get; init; }

    /// <summary>The password by which the caller signed in to the console, and which has to be in force still; null: an access key signed. The key is then the console session's.</summary>
    public PasswordId? Password { get; init; }

    /// <summary>When an MFA device's code was shown as the caller signed in to the console; null: none was, or an access key signed.</summary>
    public DateTimeOffset? MultiFactorAuthAt { get; init; }

    /// <summary>The long-term access key that the caller has to have: which signed, or opened the session.</summary>
    public AccessKeyId LongTermKey => Session?.OpenedWith ?? Key;
}

/// <summary>The root user of an account: may do everything in it (R91).</summary>
public sealed record RootCaller(AccountId Account, AccessKeyId Key) : Caller(Account, Key)
{
    /// <inheritdoc/>
    public override string PrincipalId => Account.Value;
}

/// <summary>A user, by id: the name may change while the request waits.</summary>
public sealed record UserCaller(AccountId Account, AccessKeyId Key, UserId UserId) : Caller(Account, Key)
{
    /// <inheritdoc/>
    public override string PrincipalId => UserId.Value;
}

/// <summary>Who runs this service: may create accounts and what else names it, and nothing inside them.</summary>
public sealed record OperatorCaller(AccessKeyId Key) : Caller(AccountId.Operator, Key)
{
    /// <inheritdoc/>
    public override string PrincipalId => "operator";
}

/// <summary>Something a caller has to be allowed.</summary>
/// <param name="Resource">The resource's ARN, or "*" for an action that has none.</param>
/// <param name="Action">The action; null: the operation's own.</param>
public sealed record Permission(string Resource, string? Action = null)
{
    /// <summary>Condition keys that come with the request, as <c>iam:PolicyARN</c>.</summary>
    public IReadOnlyDictionary<string, ContextValue> Context { get; init; } = new Dictionary<string, ContextValue>();

    /// <summary>The same with one more condition key.</summary>
    public Permission With(string key, ContextValue value) => With([new(key, value)]);

    /// <summary>The same with more condition keys.</summary>
    public Permission With(IEnumerable<KeyValuePair<string, ContextValue>> more)
    {
        var context = new Dictionary<string, ContextValue>(Context, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in more) context[key] = value;
        return this with { Context = context };
    }

    /// <summary>What only the operator may do; no policy grants it.</summary>
    public static Permission OfOperator { get; } = new("*", "operator");

    /// <summary>What only the account's root may do; no policy grants it.</summary>
    public static Permission OfRoot { get; } = new("*", "root");

    /// <summary>The operation's own action on the account as a whole: it has no resource.</summary>
    public static Permission OnAccount { get; } = new("*");

    /// <summary>The operation's own action on this resource.</summary>
    public static implicit operator Permission(Arn resource) => new(resource.Value);
}

/// <summary>Where new ids and secrets come from; the only chance in a decision.</summary>
public interface IIdSource
{
    /// <summary>The prefix and 17 more of A–Z, 2–7, as AWS's unique ids.</summary>
    string Next(string prefix);

    /// <summary>AKIA and 16 more that encode the account.</summary>
    AccessKeyId NextAccessKeyId(AccountId account);

    /// <summary>A secret access key: 40 characters of base64.</summary>
    Secret NextSecretAccessKey();

    /// <summary>A seed for a virtual MFA device: 160 bits in base 32.</summary>
    Secret NextMFASeed();
}
