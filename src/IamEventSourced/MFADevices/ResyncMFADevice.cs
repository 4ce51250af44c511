namespace IamEventSourced;

/// <summary>Learns anew how far a device's clock is from ours, from two codes of it, one after the other. Codes that are not good: InvalidAuthenticationCode.</summary>
/// <param name="UserName">Whose it is; for root, which calls, the account's number.</param>
/// <param name="SerialNumber">The device.</param>
/// <param name="AuthenticationCode1">A code, at most ten minutes from now, once.</param>
/// <param name="AuthenticationCode2">The next code.</param>
public sealed record ResyncMFADevice(UserName UserName, SerialNumber SerialNumber, AuthenticationCode AuthenticationCode1, AuthenticationCode AuthenticationCode2) : IMFACodesCommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOfMFAHolder(UserName, call)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.NoMFAHolder(UserName, call, out var user) is { } nobody) return nobody;
        if (directory.FindMFADevice(SerialNumber) is not { } device || !directory.MFADevicesOf(user).Contains(device.Id)) return IamError.NoSuchMFADevice(SerialNumber);
        if (MatchedCodes.Refusal(call.Codes, device) is { } invalid) return invalid;
        if (device.Assigned!.Drift == call.Codes!.Drift) return Outcome.Unchanged;

        return new MFADeviceResynced(device.Id, user?.Id, call.Codes.Drift!.Value);
    }
}
