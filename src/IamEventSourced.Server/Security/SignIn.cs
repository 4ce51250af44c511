using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>Who wants to sign in to the console.</summary>
/// <param name="Account">The account's id or its alias; none: the one whose root has the e-mail address.</param>
/// <param name="UserName">The user; none: root.</param>
/// <param name="Password">The password that is in force.</param>
/// <param name="NewPassword">The one to have from now on; needed where that has to be changed.</param>
/// <param name="MFACode">What one of the user's MFA devices shows; needed where it has one.</param>
/// <param name="Email">Root's e-mail address, in place of account and user.</param>
sealed record SignInRequest(AccountReference? Account, UserName? UserName, Password Password, Password? NewPassword = null, AuthenticationCode? MFACode = null, EmailAddress? Email = null)
{
    /// <summary>Why it names nobody; null: it names one.</summary>
    public IamError? Unfit => Account is null && Email is null ? IamError.NotGiven(nameof(Account))
        : Email is not null && (Account is not null || UserName is not null) ? IamError.ValidationError([$"Value at '{nameof(Email)}' failed to satisfy constraint: Member must not be given with an account or a user: it is root's"]) : null;
}

/// <summary>An account by its id or its alias: 3–63 characters.</summary>
sealed record AccountReference(string Value) : Text<AccountReference>(Value), IText<AccountReference>
{
    public static TextLimits Limits { get; } = new(3, 63, $"{AccountId.Limits.Pattern}|{AccountAlias.Limits.Pattern}");
    public static implicit operator AccountReference(string text) => new(text);
}

/// <summary>Who signed in.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Session">What shows the session.</param>
/// <param name="Expires">Until when.</param>
/// <param name="Device">What shows that the user has signed in from there.</param>
sealed record SignedIn(Caller Caller, Secret Session, DateTimeOffset Expires, Secret Device);

/// <summary>
/// Signs users and root in by their passwords. Whatever is wrong, the words, the status and the work are the same, so that neither tells which accounts and users
/// there are: an account that is not live is not opened, and where there is no password another one is compared.
/// </summary>
sealed class SignIn(AccountStore store, Secrets secrets, ServiceKey shared, LiveAccounts accounts, PasswordHashing passwords, SignInAttempts attempts, ConsoleSessions sessions, Dispatcher dispatcher, CredentialUses uses, RefusedAttempts refused, IIdSource ids, TimeProvider time)
{
    const string Action = "signin:ConsoleLogin"; // as CloudTrail calls it
    const string DevicePurpose = "known device";
    const int DeviceBytes = 16, MostCharacters = 256;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static readonly IamError Failed = new("AuthenticationFailed", 403, "The account, the user name, the password or the code is not right.");
    public static readonly IamError TooOften = new("Throttling", 400, "Rate exceeded: too many attempts to sign in failed. Try again later.");
    public static readonly IamError CodeRequired = new("MultiFactorAuthenticationRequired", 403, "The user has an MFA device: sign in with an MFACode.");
    public static readonly IamError ResetRequired = new("PasswordResetRequired", 403, "The password has to be changed: sign in with a NewPassword.");
    public static readonly IamError Expired = new("PasswordExpired", 403, "The password has expired; an administrator of the account has to set another.");

    /// <summary>Signs in, or says why not.</summary>
    /// <param name="request">Who wants to.</param>
    /// <param name="origin">What the connection tells.</param>
    /// <param name="address">The address of the connection itself.</param>
    /// <param name="device">What the client shows of an earlier time; null: nothing.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<Answer<SignedIn>> Enter(SignInRequest request, Origin origin, IPAddress? address, string? device, CancellationToken cancel)
    {
        var email = request.Email is null ? null : Emails.Fingerprint(request.Email, shared);
        var source = SignInAttempts.Source.Stranger(request.Account?.Value ?? Convert.ToHexStringLower(email!), request.UserName, address);
        if (device is null && !attempts.TryBegin(source)) return Refused(TooOften, null, null);

        var kept = await store.FindPassword(request.Account, email, request.UserName, cancel);
        var key = kept?.DataKey is { } wrapped ? await secrets.Unwrap(kept.Account, wrapped, cancel) : null;
        var isKnown = device is not null && IsDeviceOf(kept?.PrincipalId, key, device);
        if (device is not null && !attempts.TryBegin(isKnown ? source = SignInAttempts.Source.Device(device) : source)) return Refused(TooOften, kept?.Account, kept);

        var hashes = kept is { Sealed: { } @sealed, PasswordId: { } id } ? key!.Open(SecretKind.Password.Of(id), kept.Since, @sealed).Reveal().Split('\n') : null;
        var (right, tooMany) = await passwords.IsRight(hashes?[0], request.Password, isKnown);
        if (tooMany is not null)
        {
            attempts.Withdrawn(source);
            return tooMany;
        }
        if (!right || kept?.PasswordId is not { } password) return Refused(Failed, kept?.Account, kept);
        if (await accounts.Find(kept.Account, cancel) is not { } account) return Refused(Failed, kept.Account, kept);
        if (!account.Directory.SignsIn(password, kept.UserId)) await account.Newest(cancel);
        var directory = account.Directory;
        if (!directory.SignsIn(password, kept.UserId)) return Refused(Failed, kept.Account, kept);
        var devices = directory.MFADevicesOf(kept.UserId is null ? null : directory.Users.Find(kept.UserId));
        if (devices.Count > 0 && request.MFACode is null)
        {
            attempts.Withdrawn(source);
            return CodeRequired;
        }
        if (devices.Count > 0 && !await account.Uses([.. devices.Select(device => directory.MFADevices.Find(device.Key)).OfType<VirtualMFADevice>()], request.MFACode!)) return Refused(Failed, kept.Account, kept);
        attempts.Succeeded(source);

        var caller = ConsoleSessions.CallerOf(kept.Account, ids.NextAccessKeyId(kept.Account).AsTemporary(), kept.UserId, password, devices.Count > 0 ? time.GetUtcNow() : null);
        var profile = ProfileIn(directory)!;
        var policy = kept.UserId is null ? null : directory.PasswordPolicy;
        var isExpired = profile.IsExpired(policy, time.GetUtcNow());
        if (isExpired && policy!.HardExpiry) return Expired;
        if (request.NewPassword is null)
        {
            if (isExpired || profile.PasswordResetRequired is not null) return ResetRequired;
            if (PasswordHashing.IsWeak(hashes![0]) && await passwords.Strengthened(request.Password, isKnown) is { Value: { } strong })
                await Secrets.Replace(store.Database, kept.Account, key!, SecretKind.Password.Of(password), kept.Since, kept.Sealed!, new(string.Join('\n', hashes[1..].Prepend(strong))), cancel);
        }
        else
        {
            var reply = await dispatcher.Dispatch(new(kept.Account, new ChangePassword(request.Password, request.NewPassword), caller, Guid.NewGuid().ToString()) { Origin = origin }, cancel);
            if (reply.Refusal is not null) return reply.Refusal;
            await account.AtLeast(reply.Revision, Patience, cancel);
            // Where another change came after this one, the session is over before it begins.
            if (ProfileIn(account.Directory) is var changed && changed?.PasswordSince.Revision == reply.Revision) caller = caller with { Password = changed.PasswordId };
        }
        var (token, expires) = await sessions.Begin(caller, cancel);
        uses.NoteSignIn(caller);
        return new SignedIn(caller, token, expires, isKnown ? new(device!) : NewDevice(kept.PrincipalId!, key!));

        LoginProfile? ProfileIn(Directory directory) => kept.UserId is null ? directory.RootLoginProfile : directory.Users.Find(kept.UserId)?.LoginProfile;

        IamError Refused(IamError error, AccountId? account, KeptPassword? whose)
        {
            refused.Record(new(account, whose?.PrincipalId, null, Action, error.Code, error.Message, origin.SourceIp, null));
            return error;
        }
    }

    static Secret NewDevice(string principal, DataKey key)
    {
        var device = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(DeviceBytes));
        return new($"{device}.{MacOf(principal, key, device)}");
    }

    static bool IsDeviceOf(string? principal, DataKey? key, string shown) => principal is not null && key is not null && shown.Length <= MostCharacters && shown.Split('.') is [var device, var mac]
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.ASCII.GetBytes(MacOf(principal, key, device)));

    static string MacOf(string principal, DataKey key, string device) => Base64Url.EncodeToString(HMACSHA256.HashData(key.Derive(DevicePurpose), Encoding.UTF8.GetBytes($"{principal}/{device}")));
}
