namespace IamEventSourced;

/// <summary>
/// Temporary credentials of the caller, a user or root, who signs with a long-term access key. Needs no permission. With them requests carry the session token beside
/// the signature (<c>X-Amz-Security-Token</c>).
/// </summary>
/// <param name="DurationSeconds">For how long; 43,200 where none is given. Root's last 3,600 at most, whatever is asked for.</param>
/// <param name="SerialNumber">An MFA device of the caller; with it, the session is one with MFA.</param>
/// <param name="TokenCode">The code that the device shows, once; one that is not good, or too many that were not: AccessDenied.</param>
[Service("sts")]
public sealed record GetSessionToken(DurationSeconds? DurationSeconds = null, SerialNumber? SerialNumber = null, AuthenticationCode? TokenCode = null) : ISessionQuery<GetSessionTokenAnswer>
{
    const int MostOfRoot = 3_600, Otherwise = 43_200;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => call.Caller is OperatorCaller ? [Permission.OnAccount] : []; // the operator is nobody inside an account

    /// <inheritdoc/>
    public Answer<Session> Open(Directory directory, Call call)
    {
        if (SerialNumber is null != TokenCode is null) return IamError.MultiFactorAuthenticationFailed("must provide both MFA serial number and one time pass code");
        if (SerialNumber is not null && (directory.FindMFADevice(SerialNumber) is not { } device || !directory.MFADevicesOf(directory.Find(null, call)).Contains(device.Id)))
            return IamError.MultiFactorAuthenticationFailed("unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user");

        var seconds = DurationSeconds?.Value ?? Otherwise;
        var now = DateTimeOffset.FromUnixTimeSeconds(call.At.ToUnixTimeSeconds());
        return new Session(call.Caller.Key, now, now.AddSeconds(call.Caller is RootCaller ? Math.Min(seconds, MostOfRoot) : seconds), MultiFactorAuth: SerialNumber is not null);
    }

    /// <inheritdoc/>
    public GetSessionTokenAnswer Answer(Credentials credentials) => new(credentials);
}

/// <summary>The credentials.</summary>
public sealed record GetSessionTokenAnswer(Credentials Credentials);

/// <summary>Temporary credentials, as AWS describes them. They are kept nowhere.</summary>
/// <param name="AccessKeyId">ASIA….</param>
/// <param name="SecretAccessKey">What signs.</param>
/// <param name="SessionToken">What goes with each request.</param>
/// <param name="Expiration">Until when.</param>
public sealed record Credentials(AccessKeyId AccessKeyId, Secret SecretAccessKey, Secret SessionToken, DateTimeOffset Expiration);

/// <summary>AWS: 900–129,600 seconds.</summary>
public sealed record DurationSeconds(int Value) : Number<DurationSeconds>(Value), INumber<DurationSeconds>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (900, 129_600);
    /// <inheritdoc/>
    public static implicit operator DurationSeconds(int number) => new(number);
}
