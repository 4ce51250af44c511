namespace IamEventSourced;

/// <summary>arn:partition:service:region:account:resource; 20–2,048 characters. Compared with case (R31).</summary>
public sealed record Arn(string Value) : Text<Arn>(Value), IText<Arn>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(20, 2048, @"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD]+");
    /// <inheritdoc/>
    public static implicit operator Arn(string text) => new(text);

    /// <summary>The ARN of something of IAM's in an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="resource">What follows the last colon, as <c>user/alice</c>.</param>
    public static Arn Of(AccountId account, string resource) => new($"arn:aws:iam::{account}:{resource}");

    /// <summary>The ARN of a policy that is AWS's, not an account's.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="name">Its name.</param>
    public static Arn OfAwsPolicy(IamPath path, PolicyName name) => new($"arn:aws:iam::aws:policy{path}{name}");

    /// <summary>Whether it is the ARN of a policy that is AWS's: an account may have it, and change nothing of it.</summary>
    public bool IsOfAwsPolicy => Value.StartsWith("arn:aws:iam::aws:policy/", StringComparison.Ordinal);

    /// <summary>What follows the fifth colon, as <c>group/Developers</c>; a path may have more of them. All of what is no ARN.</summary>
    public string Resource => Value.Split(':', 6)[^1];

    /// <summary>What follows <c>arn:aws:iam::{account}:{kind}</c>, path and name, as <c>/team/alice</c>; null when it is another's.</summary>
    public string? PathAndName(AccountId account, string kind)
    {
        const string head = "arn:aws:iam::";
        var text = Value.AsSpan();
        var (after, slash) = (head.Length + account.Value.Length, head.Length + account.Value.Length + 1 + kind.Length);
        return text.Length > slash && text[after] is ':' && text[slash] is '/' && text.StartsWith(head)
            && text[head.Length..after].SequenceEqual(account.Value) && text[(after + 1)..slash].SequenceEqual(kind) ? Value[slash..] : null;
    }
}

/// <summary>AWS: "/" or "/…/", 1–512 of U+0021–U+007E.</summary>
public sealed record IamPath(string Value) : Text<IamPath>(Value), IText<IamPath>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 512, @"/|(/[\u0021-\u007E]+/)");
    /// <inheritdoc/>
    public static implicit operator IamPath(string text) => new(text);
    /// <summary>"/".</summary>
    public static IamPath Root { get; } = "/";
}

/// <summary>AWS: the beginning of a path, "/" and up to 511 of U+0021–U+007F; it need not end in a slash.</summary>
public sealed record PathPrefix(string Value) : Text<PathPrefix>(Value), IText<PathPrefix>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 512, @"/[\u0021-\u007F]*");
    /// <inheritdoc/>
    public static implicit operator PathPrefix(string text) => new(text);
}
