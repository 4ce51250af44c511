namespace IamEventSourced;

/// <summary>Makes a virtual MFA device a user's, who shows two codes of it, one after the other. Codes that are not good: InvalidAuthenticationCode. A device that is somebody's: EntityAlreadyExists.</summary>
/// <param name="UserName">Whose it becomes; for root, which calls, the account's number.</param>
/// <param name="SerialNumber">The device.</param>
/// <param name="AuthenticationCode1">A code, at most ten minutes from now, once.</param>
/// <param name="AuthenticationCode2">The next code.</param>
public sealed record EnableMFADevice(UserName UserName, SerialNumber SerialNumber, AuthenticationCode AuthenticationCode1, AuthenticationCode AuthenticationCode2) : IMFACodesCommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOfMFAHolder(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.NoMFAHolder(UserName, call, out var user) is { } nobody) return nobody;
        if (directory.FindMFADevice(SerialNumber) is not { } device) return IamError.NoSuchMFADevice(SerialNumber);
        if (device.Assigned is not null) return new IamError("EntityAlreadyExists", 409, "MFA Device in use.");
        if (directory.MFADevicesOf(user).Count >= directory.Quotas.MFADevicesPerUser) return IamError.LimitExceeded("MFADevicesPerUser", directory.Quotas.MFADevicesPerUser);
        if (MatchedCodes.Refusal(call.Codes, device) is { } invalid) return invalid;

        return new MFADeviceEnabled(device.Id, user?.Id, call.Codes!.Drift!.Value);
    }
}
