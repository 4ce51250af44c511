using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>What tells two commands with the same id apart: SHA-256 of the operation's name and its parameters.</summary>
static class RequestHash
{
    public static byte[] Of(ICommand command)
    {
        var type = command.GetType();
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(type.Name + '\n'));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(command, type, Json.Options));
        return hash.GetHashAndReset();
    }
}
