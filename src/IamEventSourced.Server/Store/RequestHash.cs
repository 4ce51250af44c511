using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>What tells two commands with the same id apart: SHA-256 of the operation's name and its parameters.</summary>
static class RequestHash
{
    /// <summary>The hash.</summary>
    /// <param name="command">The command.</param>
    /// <param name="key">For HMAC-SHA256, where the command takes a secret: who reads the command table alone can't try guesses of a password on it. Null: SHA-256.</param>
    public static byte[] Of(ICommand command, byte[]? key = null)
    {
        var type = command.GetType();
        byte[] request = [.. Encoding.ASCII.GetBytes(type.Name + '\n'), .. JsonSerializer.SerializeToUtf8Bytes(command, type, Json.Options)];
        return key is null ? SHA256.HashData(request) : HMACSHA256.HashData(key, request);
    }
}
