using System.Text;
using IamEventSourced.Client;

namespace IamEventSourced.Server.Tests;

/// <summary>A virtual MFA device as its owner has it: shows codes.</summary>
static class MFACodes
{
    /// <summary>Two codes, one after the other.</summary>
    /// <param name="seed">The seed, in base 32.</param>
    /// <param name="at">The time by our clock.</param>
    /// <param name="drift">How many steps the device's is ahead.</param>
    public static (AuthenticationCode One, AuthenticationCode Next) At(string seed, DateTimeOffset at, int drift = 0)
    {
        var (bytes, step) = (OneTimePassword.Read(seed), OneTimePassword.StepAt(at) + drift);
        return (OneTimePassword.At(bytes, step), OneTimePassword.At(bytes, step + 1));
    }

    /// <summary>Makes a device and enables it for a user, by codes of a while ago; its serial number and seed.</summary>
    public static async Task<(SerialNumber Serial, string Seed)> EnableMFADevice(this ServerFixture server, VirtualMFADeviceName name, UserName user)
    {
        var made = (await server.Client().Send(new CreateVirtualMFADevice(name))).Answer!.VirtualMFADevice;
        var seed = Encoding.ASCII.GetString(Convert.FromBase64String(made.Base32StringSeed!.Reveal()));
        var (one, next) = At(seed, DateTimeOffset.UtcNow, -1);
        (await server.Client().Send(new EnableMFADevice(user, made.SerialNumber, one, next))).Refusal.ShouldBeNull();
        return (made.SerialNumber, seed);
    }
}
