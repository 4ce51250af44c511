namespace IamEventSourced;

/// <summary>
/// A command that shows two codes of an MFA device, one after the other. They are looked at, and used up, before the command's turn comes: to use a code up is a write of its
/// own, which holds on every node.
/// </summary>
public interface IMFACodesCommand : ICommand
{
    /// <summary>The device.</summary>
    SerialNumber SerialNumber { get; }
    /// <summary>A code.</summary>
    AuthenticationCode AuthenticationCode1 { get; }
    /// <summary>The next code.</summary>
    AuthenticationCode AuthenticationCode2 { get; }
}

/// <summary>What came of a command's codes.</summary>
/// <param name="Device">The device that they were compared with.</param>
/// <param name="Drift">How many steps the device's clock is ahead; null: they are not good.</param>
public sealed record MatchedCodes(MFADeviceId Device, int? Drift)
{
    /// <summary>Why the codes do not do for this device; null: they do.</summary>
    /// <param name="matched">What came of them; null: the device was not known when they were looked at.</param>
    /// <param name="device">The device.</param>
    internal static IamError? Refusal(MatchedCodes? matched, VirtualMFADevice device) =>
        matched?.Device != device.Id ? IamError.EntityTemporarilyUnmodifiable("The device was changed at the same moment; send the request again.")
        : matched.Drift is null ? IamError.InvalidAuthenticationCode : null;
}
