using System.Text;

namespace IamEventSourced.Server;

/// <summary>The tree heads outside the database: a file for each account in a folder of this node, a line for each head, which is only ever added to.</summary>
sealed class HeadFiles(string folder)
{
    /// <summary>The file of an account.</summary>
    public string Of(AccountId account) => Path.Combine(folder, $"{account}.heads");

    /// <summary>The last head that was written whole; null: none was. What a killed node left of a line is taken off.</summary>
    public KeptTreeHead? Last(AccountId account)
    {
        if (!File.Exists(Of(account))) return null;
        using var file = new FileStream(Of(account), FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var end = LineBreakBefore(file, file.Length) + 1;
        if (end < file.Length) file.SetLength(end);
        if (end is 0) return null;
        var begin = LineBreakBefore(file, end - 1) + 1;
        var line = new byte[end - begin];
        file.Position = begin;
        file.ReadExactly(line);
        return KeptTreeHead.Read([Encoding.UTF8.GetString(line)]).SingleOrDefault() ?? throw new LedgerException($"Account {account}: the last line of {Of(account)} is no tree head.");
    }

    /// <summary>Adds a head.</summary>
    public void Add(KeptTreeHead kept)
    {
        System.IO.Directory.CreateDirectory(folder);
        using var file = new FileStream(Of(kept.Head.Account), FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes(kept.Write() + "\n"));
    }

    /// <summary>Where the last line break before a place is; −1: nowhere.</summary>
    static long LineBreakBefore(FileStream file, long before)
    {
        var buffer = new byte[1 << 16];
        while (before > 0)
        {
            var length = (int)Math.Min(buffer.Length, before);
            file.Position = before - length;
            file.ReadExactly(buffer, 0, length);
            if (buffer.AsSpan(0, length).LastIndexOf((byte)'\n') is >= 0 and var at) return before - length + at;
            before -= length;
        }
        return -1;
    }
}

/// <summary>An account's stream is not the one whose heads were signed before: nothing more is signed of it.</summary>
sealed class LedgerException(string message) : Exception(message);
