using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace IamEventSourced.Server;

/// <summary>Writes values into compressed chunks of about a megabyte of what they hold. Each begins with the length of its content.</summary>
sealed class ChunkWriter
{
    const int Full = 1 << 20;
    const int MostBytesOfNumber = 10;

    readonly List<byte[]> _chunks = [];
    readonly Dictionary<Type, Dictionary<string, int>> _known = [];
    byte[] _content = new byte[Full + (Full >> 2)];
    int _length;
    long _micros;

    /// <summary>Of the stamp before.</summary>
    public long Revision { get; set; }

    /// <summary>The texts of a type that were written, with their numbers.</summary>
    public Dictionary<string, int> Known<T>()
    {
        if (!_known.TryGetValue(typeof(T), out var known)) _known.Add(typeof(T), known = new(StringComparer.Ordinal));
        return known;
    }

    /// <summary>A whole number; small ones, of either sign, take one byte.</summary>
    public void Long(long value)
    {
        Reserve(MostBytesOfNumber);
        var bits = (ulong)(value << 1 ^ value >> 63);
        for (; bits >= 0x80; bits >>= 7) _content[_length++] = (byte)(bits | 0x80);
        _content[_length++] = (byte)bits;
    }

    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Long(bytes);
        Reserve(bytes);
        _length += Encoding.UTF8.GetBytes(value, _content.AsSpan(_length));
    }

    /// <summary>A time, to the microsecond, as its distance from the time before.</summary>
    public void Time(DateTimeOffset value)
    {
        var micros = value.UtcTicks / TimeSpan.TicksPerMicrosecond;
        Long(micros - _micros);
        _micros = micros;
    }

    /// <summary>A chunk may end here: it does when it is full.</summary>
    public void MayEnd() { if (_length >= Full) End(); }

    /// <summary>All chunks; nothing more is written.</summary>
    public IReadOnlyList<byte[]> Chunks()
    {
        End();
        return _chunks;
    }

    void End()
    {
        var room = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(_length));
        if (!BrotliEncoder.TryCompress(_content.AsSpan(0, _length), room, out var length, quality: 1, window: 22)) throw new InvalidOperationException("A chunk can't be compressed.");
        var chunk = new byte[sizeof(int) + length];
        BinaryPrimitives.WriteInt32LittleEndian(chunk, _length);
        room.AsSpan(0, length).CopyTo(chunk.AsSpan(sizeof(int)));
        ArrayPool<byte>.Shared.Return(room);
        _chunks.Add(chunk);
        _length = 0;
    }

    void Reserve(int bytes)
    {
        if (_content.Length - _length < bytes) Array.Resize(ref _content, Math.Max(_content.Length * 2, _length + bytes));
    }
}

/// <summary>Reads what <see cref="ChunkWriter"/> wrote; only bytes whose MAC was seen to be right.</summary>
sealed class ChunkReader
{
    readonly IReadOnlyList<byte[]> _chunks;
    readonly Dictionary<Type, object> _known = [];
    byte[] _content = [];
    int _next, _at, _length;
    long _micros;

    /// <param name="chunks">All of them, in order.</param>
    public ChunkReader(IReadOnlyList<byte[]> chunks)
    {
        _chunks = chunks;
        MayEnd();
    }

    /// <summary>Of the stamp before.</summary>
    public long Revision { get; set; }

    /// <summary>The texts of a type that were read, in order.</summary>
    public List<T> Known<T>()
    {
        if (!_known.TryGetValue(typeof(T), out var known)) _known.Add(typeof(T), known = new List<T>());
        return (List<T>)known;
    }

    public long Long()
    {
        ulong bits = 0;
        for (var shift = 0; ; shift += 7)
        {
            var one = Next(1)[0];
            bits |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80) return (long)(bits >> 1) ^ -(long)(bits & 1);
        }
    }

    public string Text() => Encoding.UTF8.GetString(Next(checked((int)Long())));

    public DateTimeOffset Time() => new((_micros += Long()) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>A chunk may have ended here.</summary>
    public void MayEnd()
    {
        if (_at < _length || _next == _chunks.Count) return;
        var chunk = _chunks[_next++];
        (_at, _length) = (0, BinaryPrimitives.ReadInt32LittleEndian(chunk));
        if (_content.Length < _length) _content = new byte[_length];
        if (!BrotliDecoder.TryDecompress(chunk.AsSpan(sizeof(int)), _content.AsSpan(0, _length), out var length) || length != _length) throw new FormatException("A chunk can't be decompressed.");
    }

    /// <summary>Makes sure that nothing is left.</summary>
    public void End()
    {
        if (_at < _length || _next < _chunks.Count) throw new FormatException("There is more in the chunks than was read.");
    }

    ReadOnlySpan<byte> Next(int bytes)
    {
        var span = _content.AsSpan(0, _length).Slice(_at, bytes);
        _at += bytes;
        return span;
    }
}
