using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Takes tags away from a virtual MFA device. Keys that it does not have change nothing.</summary>
/// <param name="SerialNumber">The device.</param>
/// <param name="TagKeys">The keys, in any case, up to 50; the condition key <c>aws:TagKeys</c>.</param>
public sealed record UntagMFADevice(SerialNumber SerialNumber, [MaxLength(Tag.Most)] TagKey[] TagKeys) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(SerialNumber.Value).WithTagKeys(TagKeys)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.FindMFADevice(SerialNumber) is not { } device) return IamError.NoSuchMFADevice(SerialNumber);

        return device.Tags.Take(TagKeys, key => new MFADeviceUntagged(device.Id, key));
    }
}
