using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Puts tags on a virtual MFA device. A tag in place of one of the same key, which is compared without case; one that is so already stays so.</summary>
/// <param name="SerialNumber">The device.</param>
/// <param name="Tags">Up to 50, each key once; the device may have 50 altogether: LimitExceeded. They are the condition keys <c>aws:RequestTag/…</c> and <c>aws:TagKeys</c>.</param>
public sealed record TagMFADevice(SerialNumber SerialNumber, [MaxLength(Tag.Most)] Tag[] Tags) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [new Permission(SerialNumber.Value).WithTags(Tags)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags.TagRefusal is { } unfit) return unfit;
        if (directory.FindMFADevice(SerialNumber) is not { } device) return IamError.NoSuchMFADevice(SerialNumber);

        return device.Tags.Put(Tags, tag => new MFADeviceTagged(device.Id, tag.Key, tag.Value));
    }
}
