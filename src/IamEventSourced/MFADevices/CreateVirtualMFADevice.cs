using System.ComponentModel.DataAnnotations;
using System.Text;

namespace IamEventSourced;

/// <summary>
/// Makes a virtual MFA device, which is nobody's until it is enabled. Its seed is in this answer, as text and as picture, and in no other: a repeat of the command answers without.
/// </summary>
/// <param name="VirtualMFADeviceName">Its name, unique in the account without case.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="Tags">Its tags, up to 50, each key once; with tags the caller has to be allowed <c>iam:TagMFADevice</c> too.</param>
public sealed record CreateVirtualMFADevice(VirtualMFADeviceName VirtualMFADeviceName, IamPath? Path = null, [MaxLength(Tag.Most)] Tag[]? Tags = null) : ICommand<CreateVirtualMFADeviceAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var device = new Permission(Arn.Of(directory.Account, $"mfa{Path ?? IamPath.Root}{VirtualMFADeviceName}").Value).WithTags(Tags);
        return Tags is { Length: > 0 } ? [device, device with { Action = "iam:TagMFADevice" }] : [device];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags?.TagRefusal is { } unfit) return unfit;
        if (Arn.Of(directory.Account, $"mfa{Path ?? IamPath.Root}{VirtualMFADeviceName}") is var serial && SerialNumber.Limits.Violation(serial.Value) is not null) return IamError.InvalidInput("Path and VirtualMFADeviceName together are too long for a serial number.");
        if (directory.MFADevices.Find(VirtualMFADeviceName) is { } taken) return IamError.EntityAlreadyExists("MFADevice", taken.Name);
        if (directory.MFADevices.Count >= directory.Quotas.UsersPerAccount) return IamError.LimitExceeded("VirtualMFADevicesPerAccount", directory.Quotas.UsersPerAccount); // AWS: as many as users

        var seed = call.Ids.NextMFASeed();
        var created = new VirtualMFADeviceCreated(call.Ids.Next("AMFA"), VirtualMFADeviceName, Path ?? IamPath.Root, seed.Fingerprint());
        return ((Outcome)new AccountEvent[] { created }.Concat((Tags ?? []).Select(tag => new MFADeviceTagged(created.MFADeviceId, tag.Key, tag.Value))).ToArray())
            .With(new(SecretKind.MFASeed.Of(created.MFADeviceId), seed));
    }

    /// <inheritdoc/>
    public CreateVirtualMFADeviceAnswer Answer(Directory after, Outcome outcome)
    {
        var device = after.MFADevices[((VirtualMFADeviceCreated)outcome.Events[0]).MFADeviceId];
        var seed = outcome.Secrets[0].Value.Reveal();
        // What the picture says: it is drawn where the answer leaves, since the account's other commands need not wait for it.
        var label = Uri.EscapeDataString($"{device.Name}@{after.Alias?.Alias.Value ?? after.Account.Value}");
        return new(new(after.SerialNumberOf(device), new(Convert.ToBase64String(Encoding.ASCII.GetBytes(seed))), new($"otpauth://totp/{label}?secret={seed}"), device.Tags.Shown));
    }
}

/// <summary>The device.</summary>
public sealed record CreateVirtualMFADeviceAnswer(NewVirtualMFADevice VirtualMFADevice);

/// <summary>A virtual MFA device, as AWS describes it when it is made.</summary>
/// <param name="SerialNumber">Its ARN.</param>
/// <param name="Base32StringSeed">Base 64 of the seed in base 32; absent when the command is repeated.</param>
/// <param name="QRCodePNG">Base 64 of a PNG of the QR code that apps read: <c>otpauth://totp/name@account?secret=seed</c>; absent when the command is repeated.</param>
/// <param name="Tags">Its tags in the order of their keys; absent where there are none.</param>
public sealed record NewVirtualMFADevice(SerialNumber SerialNumber, Secret? Base32StringSeed, Secret? QRCodePNG, IReadOnlyList<Tag>? Tags);
