namespace IamEventSourced;

/// <summary>A virtual MFA device was made, nobody's yet. Of its seed, the fingerprint.</summary>
[Stored("virtual-mfa-device-created")]
public sealed record VirtualMFADeviceCreated(MFADeviceId MFADeviceId, VirtualMFADeviceName VirtualMFADeviceName, IamPath Path, Fingerprint Fingerprint) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretKind.MFASeed.Of(MFADeviceId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { MFADevices = directory.MFADevices.With(new VirtualMFADevice(MFADeviceId, VirtualMFADeviceName, Path, stamp)) };
}

/// <summary>A device became a user's, or, where none is named, root's. Its clock is so many steps of 30 s ahead.</summary>
[Stored("mfa-device-enabled")]
public sealed record MFADeviceEnabled(MFADeviceId MFADeviceId, UserId? UserId, int Drift) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory.WithMFADevices(UserId, devices => devices.With(MFADeviceId, stamp)) with { MFADevicesInUse = directory.MFADevicesInUse + 1, MFADevices = directory.MFADevices.With(MFADeviceId, device => device with { Assigned = new(UserId, stamp, Drift) }) };
}

/// <summary>How far a device's clock is ahead was learnt anew.</summary>
[Stored("mfa-device-resynced")]
public sealed record MFADeviceResynced(MFADeviceId MFADeviceId, UserId? UserId, int Drift) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { MFADevices = directory.MFADevices.With(MFADeviceId, device => device with { Assigned = device.Assigned! with { Drift = Drift } }) };
}

/// <summary>A device is nobody's any more.</summary>
[Stored("mfa-device-deactivated")]
public sealed record MFADeviceDeactivated(MFADeviceId MFADeviceId, UserId? UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory.WithMFADevices(UserId, devices => devices.Without(MFADeviceId)) with { MFADevicesInUse = directory.MFADevicesInUse - 1, MFADevices = directory.MFADevices.With(MFADeviceId, device => device with { Assigned = null }) };
}

/// <summary>A virtual MFA device was deleted, and its seed with it.</summary>
[Stored("virtual-mfa-device-deleted")]
public sealed record VirtualMFADeviceDeleted(MFADeviceId MFADeviceId) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretKind.MFASeed.Of(MFADeviceId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory with { MFADevices = directory.MFADevices.Without(MFADeviceId) };
}

/// <summary>A tag was put on an MFA device, in place of one of the same key.</summary>
[Stored("mfa-device-tagged")]
public sealed record MFADeviceTagged(MFADeviceId MFADeviceId, TagKey TagKey, TagValue TagValue) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { MFADevices = directory.MFADevices.With(MFADeviceId, device => device with { Tags = device.Tags.With(TagKey, new(TagKey, TagValue, stamp)) }) };
}

/// <summary>A tag of an MFA device was taken away.</summary>
[Stored("mfa-device-untagged")]
public sealed record MFADeviceUntagged(MFADeviceId MFADeviceId, TagKey TagKey) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory with { MFADevices = directory.MFADevices.With(MFADeviceId, device => device with { Tags = device.Tags.Without(TagKey) }) };
}
