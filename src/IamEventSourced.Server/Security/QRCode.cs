using QRCoder;

namespace IamEventSourced.Server;

/// <summary>The picture by which an app takes a virtual MFA device's seed.</summary>
static class QRCode
{
    const int PixelsPerModule = 4;

    /// <summary>The answer, with what its picture says drawn; others as they are.</summary>
    public static object? Drawn(object? answer) => answer is CreateVirtualMFADeviceAnswer { VirtualMFADevice: { QRCodePNG: { } text } device }
        ? new CreateVirtualMFADeviceAnswer(device with { QRCodePNG = new(Convert.ToBase64String(PngByteQRCodeHelper.GetQRCode(text.Reveal(), QRCodeGenerator.ECCLevel.M, PixelsPerModule))) }) : answer;
}
