using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace IamEventSourced.Server;

/// <summary>
/// What nodes say to each other, sealed with AES-256-GCM: nobody without the key that nodes share can make, read, change, redirect, repeat or
/// keep it. Each pair of nodes has keys of its own (HKDF-SHA256, RFC 5869), new with each start, under which a number is used once.
/// Times are the database's, whatever the nodes' own clocks say.
/// </summary>
sealed class NodeSeal(ServiceKey shared, TimeProvider time)
{
    /// <summary>How far apart in time making and opening may be.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    public const int HeadBytes = 48;
    const int NumberAt = 40, TimeAt = 32, TagBytes = 16;
    /// <summary>A message: to, from, time in microseconds, number, then what is sealed. An answer: this byte, then what is sealed.</summary>
    const byte AnswerMark = 1;

    readonly ConcurrentDictionary<(Guid From, long Number), long> _opened = new();
    byte[]? _key;
    long _number;
    volatile Told? _told; // written by one, read by all: whole or not at all

    sealed record Told(DateTimeOffset Time, long At);

    /// <summary>A message that was opened.</summary>
    public sealed record Opened(Guid From, long Number, byte[] Plain);

    /// <summary>This node; another at each start.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Says the database's time, read at this timestamp. Before the first, nothing can be sealed or opened.</summary>
    public void Tell(DateTimeOffset now, long at)
    {
        _told = new(now, at);
        foreach (var ((from, number), until) in _opened)
            if (until < Microseconds(now)) _opened.TryRemove((from, number), out _);
    }

    /// <summary>Seals a message to another node; its number opens the answer.</summary>
    /// <exception cref="InvalidOperationException">The time is not known yet.</exception>
    public (byte[] Message, long Number) Close(Guid to, ReadOnlySpan<byte> plain)
    {
        var message = new byte[HeadBytes + plain.Length + TagBytes];
        var number = Interlocked.Increment(ref _number);
        to.TryWriteBytes(message);
        Id.TryWriteBytes(message.AsSpan(16));
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(TimeAt), Now() ?? throw new InvalidOperationException("The database's time is not known yet."));
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(NumberAt), number);
        using var cipher = Cipher("message"u8, message);
        cipher.Encrypt(Nonce(number), plain, message.AsSpan(HeadBytes, plain.Length), message.AsSpan(HeadBytes + plain.Length), message.AsSpan(0, HeadBytes));
        return (message, number);
    }

    /// <summary>Whether what begins so can be a message to this node, of now: all that is known before the whole of it is there.</summary>
    public bool Expects(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeadBytes || new Guid(head[..16]) != Id || Now() is not { } now) return false;
        var (at, window) = (BinaryPrimitives.ReadInt64BigEndian(head[TimeAt..]), Window.Ticks / TimeSpan.TicksPerMicrosecond);
        return at >= now - window && at <= now + window;
    }

    /// <summary>Opens a message to this node; null: it is not for this node, not of one with our key, was changed, came before, or is not of now.</summary>
    public Opened? Open(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeadBytes + TagBytes || !Expects(message)) return null;
        var (from, at, number) = (new Guid(message[16..32]), BinaryPrimitives.ReadInt64BigEndian(message[TimeAt..]), BinaryPrimitives.ReadInt64BigEndian(message[NumberAt..]));
        var plain = Decrypt("message"u8, message[..HeadBytes], number, message[HeadBytes..], message[..HeadBytes]);
        // Remembered until its time alone refuses it.
        return plain is not null && _opened.TryAdd((from, number), at + 2 * (Window.Ticks / TimeSpan.TicksPerMicrosecond)) ? new(from, number, plain) : null;
    }

    /// <summary>Seals the one answer to a message.</summary>
    public byte[] CloseAnswer(Opened message, ReadOnlySpan<byte> plain)
    {
        var answer = new byte[1 + plain.Length + TagBytes];
        answer[0] = AnswerMark;
        using var cipher = Cipher("answer"u8, Pair(Id, message.From));
        cipher.Encrypt(Nonce(message.Number), plain, answer.AsSpan(1, plain.Length), answer.AsSpan(1 + plain.Length));
        return answer;
    }

    /// <summary>Opens the answer to a message of this number; null: it is none.</summary>
    public byte[]? OpenAnswer(Guid by, long number, ReadOnlySpan<byte> answer) =>
        answer is [AnswerMark, ..] && answer.Length > TagBytes ? Decrypt("answer"u8, Pair(by, Id), number, answer[1..], default) : null;

    byte[]? Decrypt(ReadOnlySpan<byte> use, ReadOnlySpan<byte> pair, long number, ReadOnlySpan<byte> closed, ReadOnlySpan<byte> bound)
    {
        var plain = new byte[closed.Length - TagBytes];
        using var cipher = Cipher(use, pair);
        try { cipher.Decrypt(Nonce(number), closed[..^TagBytes], closed[^TagBytes..], plain, bound); }
        catch (AuthenticationTagMismatchException) { return null; }
        return plain;
    }

    AesGcm Cipher(ReadOnlySpan<byte> use, ReadOnlySpan<byte> pair)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key ??= shared.Derive("iam nodes"), key, "iam-nodes"u8, [.. use, .. pair[..32]]);
        try { return new(key, TagBytes); }
        finally { CryptographicOperations.ZeroMemory(key); }
    }

    static byte[] Pair(Guid to, Guid from) => [.. to.ToByteArray(), .. from.ToByteArray()];

    static byte[] Nonce(long number)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), number);
        return nonce;
    }

    long? Now() => _told is var (told, at) ? Microseconds(told + time.GetElapsedTime(at)) : null;

    static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
