namespace IamEventSourced;

/// <summary>
/// Breaks the glass for an account whose root is lost or in wrong hands: root gets a new access key in place of all its keys and of its password, which stop at once, and its MFA devices are nobody's. The
/// secret is in this answer and in no other. Who did it, when and why stays in the account's history. Only the operator may.
/// </summary>
/// <param name="Reason">Why, for who reads the history: no personal data.</param>
public sealed record RecoverRoot(RecoveryReason Reason) : ICommand<RecoverRootAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfOperator];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Closed is not null) return IamError.InvalidInput($"The account {directory.Account} is closed.");

        var (key, secret) = (directory.NewAccessKeyId(call), call.Ids.NextSecretAccessKey());
        AccountEvent[] lost =
        [
            .. directory.RootKeys.OrderBy(one => one.Value.Created.Revision).Select(one => new AccessKeyDeleted(one.Key, null)),
            .. directory.RootLoginProfile is { } profile ? [new LoginProfileDeleted(profile.PasswordId, null)] : (AccountEvent[])[],
            .. directory.RootMFADevices.OrderBy(one => one.Value.Revision).Select(one => new MFADeviceDeactivated(one.Key, null)),
        ];
        return ((Outcome)(AccountEvent[])[new RootRecovered(Reason), .. lost, new AccessKeyCreated(key, null, secret.Fingerprint())]).With(new(SecretKind.AccessKey.Of(key), secret));
    }

    /// <inheritdoc/>
    public RecoverRootAnswer Answer(Directory after, Outcome outcome) => new(AccessKeyAnswer.Of(after, outcome));
}

/// <summary>Root's new access key.</summary>
public sealed record RecoverRootAnswer(AccessKeyAnswer AccessKey);

/// <summary>Why root was recovered: 1–1,000 characters, as AWS's descriptions.</summary>
public sealed record RecoveryReason(string Value) : Text<RecoveryReason>(Value), IText<RecoveryReason>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 1000, @"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator RecoveryReason(string text) => new(text);
}
