namespace IamEventSourced;

/// <summary>Deletes a virtual MFA device that is nobody's; its seed and tags go with it, for good.</summary>
/// <param name="SerialNumber">The device; one that is somebody's: DeleteConflict.</param>
public sealed record DeleteVirtualMFADevice(SerialNumber SerialNumber) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new(SerialNumber.Value)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.FindMFADevice(SerialNumber) is not { } device) return IamError.NoSuchMFADevice(SerialNumber);
        if (device.Assigned is not null) return IamError.DeleteConflict("Cannot delete entity, must deactivate MFA device first.");

        return device.Tags.TakeAll(key => new MFADeviceUntagged(device.Id, key)).Append(new VirtualMFADeviceDeleted(device.Id)).ToArray();
    }
}
