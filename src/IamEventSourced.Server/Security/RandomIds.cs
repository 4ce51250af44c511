using System.Security.Cryptography;

namespace IamEventSourced.Server;

/// <summary>Ids and secrets from the system's random numbers.</summary>
sealed class RandomIds : IIdSource
{
    public string Next(string prefix) => prefix + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17);
    public AccessKeyId NextAccessKeyId(AccountId account) => AccessKeyId.Of(account, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
    public Secret NextSecretAccessKey() => new(Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)));
    public Secret NextMFASeed() => new(OneTimePassword.Write(RandomNumberGenerator.GetBytes(20))); // as long as the hash: RFC 4226 section 4
}
