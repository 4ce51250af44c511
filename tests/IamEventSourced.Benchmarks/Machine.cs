using System.Diagnostics;
using System.Globalization;
using IamEventSourced.Server;

namespace IamEventSourced.Benchmarks;

/// <summary>What a figure depends on, and what a run used of it.</summary>
static class Machine
{
    /// <summary>The average number of processes that wanted a core in the last minute; -1 where the system does not say.</summary>
    public static double Load => File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : -1;

    public static string Describe(double loadBefore) => string.Create(CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, load {loadBefore:0.0} before and {Load:0.0} after (this run's own included), .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}");

    /// <summary>Processor time of this process.</summary>
    public static TimeSpan OwnProcessor => Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>Processor time that all processes of the machine had.</summary>
    public static TimeSpan AllProcessors()
    {
        if (!File.Exists("/proc/stat")) return default;
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return Ticks(fields[0] + fields[1] + fields[2] + fields[5] + fields[6]);
    }

    /// <summary>Processor time of a cluster's processes that live now.</summary>
    public static TimeSpan ProcessorOf(PrivatePostgres postgres)
    {
        var file = Path.Combine(postgres.ClusterFolder, "data", "postmaster.pid");
        if (!System.IO.Directory.Exists("/proc/self") || !File.Exists(file)) return default;
        var postmaster = File.ReadLines(file).First();
        long ticks = 0;
        foreach (var process in System.IO.Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(process, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from the third field on
                if (fields[1] == postmaster) ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            }
            catch (IOException) { } // it has ended
        }
        return Ticks(ticks);
    }

    static TimeSpan Ticks(long hundredths) => TimeSpan.FromMilliseconds(hundredths * 10);
}

/// <summary>Numbers of many runs as one.</summary>
static class Numbers
{
    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length is 0 ? double.NaN : sorted.Length % 2 is 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Short(this double value) => double.IsNaN(value) ? "" : value.ToString(value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
