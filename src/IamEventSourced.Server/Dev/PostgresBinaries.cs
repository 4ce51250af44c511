using System.Globalization;
using System.Text.RegularExpressions;

namespace IamEventSourced.Server;

using Directory = System.IO.Directory; // not the account's

/// <summary>One PostgreSQL's server programs on this machine.</summary>
/// <param name="Folder">Holds initdb, pg_ctl and postgres.</param>
/// <param name="Version">As it says itself, such as 17.2.</param>
public sealed partial record PostgresBinaries(string Folder, string Version)
{
    /// <summary>Older ones are passed over.</summary>
    public const int OldestMajor = 13;

    static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    public int Major => Number(Version);

    /// <summary>
    /// All there are, the preferred first: IAM_PG_BIN alone when it is set; else PATH, then the folders where distributions,
    /// Homebrew and Postgres.app keep them, newest first.
    /// </summary>
    public static async Task<IReadOnlyList<PostgresBinaries>> FindAsync()
    {
        if (OperatingSystem.IsWindows()) return [];

        if (Environment.GetEnvironmentVariable("IAM_PG_BIN") is { Length: > 0 } given)
        {
            return HasAll(given) && await AskVersion(given) is { } binaries
                ? [binaries]
                : throw new PostgresUnavailableException($"IAM_PG_BIN names {given}, which does not hold initdb, pg_ctl and postgres (version {OldestMajor} or newer).");
        }

        var found = new List<PostgresBinaries>();
        foreach (var folder in Candidates().Where(HasAll).Distinct(StringComparer.Ordinal))
            if (await AskVersion(folder) is { } binaries) found.Add(binaries);
        return found;
    }

    static IEnumerable<string> Candidates() =>
    [
        .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(Path.IsPathRooted),
        .. NewestFirst("/usr/lib/postgresql", "*", "bin"),
        .. NewestFirst("/usr", "pgsql-*", "bin"),
        .. NewestFirst("/opt/homebrew/opt", "postgresql*", "bin"),
        .. NewestFirst("/usr/local/opt", "postgresql*", "bin"),
        .. NewestFirst("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
    ];

    static IEnumerable<string> NewestFirst(string folder, string pattern, string below) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateDirectories(folder, pattern).OrderByDescending(each => Number(Path.GetFileName(each))).Select(each => Path.Combine(each, below));

    static bool HasAll(string folder) => Programs.All(program => File.Exists(Path.Combine(folder, program)));

    static async Task<PostgresBinaries?> AskVersion(string folder)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        var said = await Tool.RunAsync(Path.Combine(folder, "postgres"), ["--version"]);
        var version = Digits().Match(said.Output.Split("(PostgreSQL)").Last()).Value;
        return said.Succeeded && Number(version) >= OldestMajor ? new(folder, version) : null;
    }

    static int Number(string text) => int.TryParse(Digits().Match(text).Value.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)?", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
