namespace IamEventSourced;

/// <summary>A virtual MFA device: an app that shows codes made of a seed and the time. The seed is kept encrypted beside the stream, and shown once.</summary>
/// <param name="Id">For ever.</param>
/// <param name="Name">Unique in the account without case.</param>
/// <param name="Path">Before the name in the ARN, which is the serial number.</param>
/// <param name="Created">The event that made it.</param>
public sealed record VirtualMFADevice(MFADeviceId Id, VirtualMFADeviceName Name, IamPath Path, Stamp Created) : IRegistered<MFADeviceId, VirtualMFADeviceName>
{
    /// <summary>Whose it is; null: nobody's.</summary>
    public MFAAssignment? Assigned { get; init; }
    /// <summary>Tags, by key.</summary>
    public Table<TagKey, HeldTag> Tags { get; init; } = Table<TagKey, HeldTag>.Empty;
}

/// <summary>That a device is somebody's.</summary>
/// <param name="UserId">Whose; null: root's.</param>
/// <param name="Enabled">The event that made it so.</param>
/// <param name="Drift">How many steps of 30 s the device's clock is ahead, as it showed when it was enabled or resynced.</param>
public sealed record MFAAssignment(UserId? UserId, Stamp Enabled, int Drift);

/// <summary>AWS: letters, digits and _+=,.@-; here 128 at most, unique without case.</summary>
public sealed record VirtualMFADeviceName(string Value) : Text<VirtualMFADeviceName>(Value), IText<VirtualMFADeviceName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, "[A-Za-z0-9_+=,.@-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator VirtualMFADeviceName(string text) => new(text);
}

/// <summary>AMFA and 17 more; a device of the same name made later gets another.</summary>
public sealed record MFADeviceId(string Value) : Text<MFADeviceId>(Value), IText<MFADeviceId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "AMFA[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator MFADeviceId(string text) => new(text);
}

/// <summary>AWS: 9–256 of letters, digits and _+=/:,.@-; a virtual device's is its ARN.</summary>
public sealed record SerialNumber(string Value) : Text<SerialNumber>(Value), IText<SerialNumber>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(9, 256, "[A-Za-z0-9_+=/:,.@-]+");
    /// <inheritdoc/>
    public static implicit operator SerialNumber(string text) => new(text);
}

/// <summary>AWS: six digits, which the device shows.</summary>
public sealed class AuthenticationCode(string value) : SecretText<AuthenticationCode>(value), IText<AuthenticationCode>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(6, 6, "[0-9]+");
    /// <inheritdoc/>
    public static implicit operator AuthenticationCode(string text) => new(text);
}

/// <summary>AWS: Assigned, Unassigned or Any.</summary>
public sealed record AssignmentStatusType(string Value) : Text<AssignmentStatusType>(Value), IText<AssignmentStatusType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 10, "Assigned|Unassigned|Any");
    /// <summary>Those that are somebody's.</summary>
    public static AssignmentStatusType Assigned { get; } = new("Assigned");
    /// <summary>Those that are nobody's.</summary>
    public static AssignmentStatusType Unassigned { get; } = new("Unassigned");

    /// <inheritdoc/>
    public static implicit operator AssignmentStatusType(string text) => new(text);
}

/// <summary>What can be asked of the MFA devices.</summary>
public static class MFADeviceDirectory
{
    extension(Directory directory)
    {
        /// <summary>The device's serial number: its ARN.</summary>
        public SerialNumber SerialNumberOf(VirtualMFADevice device) => Arn.Of(directory.Account, $"mfa{device.Path}{device.Name}").Value;

        /// <summary>The device of this serial number, written in the case it has; null when there is none.</summary>
        public VirtualMFADevice? FindMFADevice(SerialNumber serial) => Arn.Limits.Violation(serial.Value) is null ? directory.FindMFADevice(new Arn(serial.Value)) : null;

        /// <summary>The device of this ARN, written in the case it has; null when there is none.</summary>
        public VirtualMFADevice? FindMFADevice(Arn arn) => directory.MFADevices.Find(arn, directory.Account, "mfa");

        /// <summary>The devices of a user or, where none is named, of root, with the events that enabled them.</summary>
        public Table<MFADeviceId, Stamp> MFADevicesOf(User? user) => user is null ? directory.RootMFADevices : user.MFADevices;

        /// <summary>Of the user that the parameter names, or of the caller where it names none; of root where that one calls and names the account's number.</summary>
        /// <param name="name">The parameter.</param>
        /// <param name="call">The call.</param>
        /// <param name="user">The user; null: root.</param>
        /// <returns>Why there is none; null: there is.</returns>
        internal IamError? NoMFAHolder(UserName? name, Call call, out User? user)
        {
            user = null;
            if (call.Caller is RootCaller && (name is null || name.Value == directory.Account.Value)) return null;
            user = directory.Find(name, call);
            return user is null ? IamError.NoSuchEntity("user", name?.Value ?? call.Caller.PrincipalId) : null;
        }

        /// <summary>The ARN of whose devices are spoken of.</summary>
        internal Arn ArnOfMFAHolder(UserName? name, Call call) => call.Caller is RootCaller && name?.Value == directory.Account.Value ? directory.ArnOf(call.Caller) : directory.ArnOf(name, call);

        internal Directory WithMFADevices(UserId? user, Func<Table<MFADeviceId, Stamp>, Table<MFADeviceId, Stamp>> change) => user is null
            ? directory with { RootMFADevices = change(directory.RootMFADevices) }
            : directory with { Users = directory.Users.With(user, one => one with { MFADevices = change(one.MFADevices) }) };
    }
}

/// <summary>What AWS says of MFA devices, said once.</summary>
public static class MFADeviceRefusals
{
    extension(IamError)
    {
        /// <summary>404: there is no device of this serial number, or it is not the one's that is spoken of.</summary>
        public static IamError NoSuchMFADevice(SerialNumber serial) => IamError.NoSuchEntity("MFA Device", serial);

        /// <summary>403: the codes are not the device's, not of now, or were shown before. Tells no more.</summary>
        public static IamError InvalidAuthenticationCode => new("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.");

        /// <summary>403: the caller asks for a session with MFA and does not show a code that is good.</summary>
        public static IamError MultiFactorAuthenticationFailed(string why) => new("AccessDenied", 403, $"MultiFactorAuthentication failed, {why}.");
    }
}
