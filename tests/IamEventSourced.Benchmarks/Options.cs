using System.Globalization;

namespace IamEventSourced.Benchmarks;

/// <summary>What the command line says: <c>--name value</c>.</summary>
sealed class Options
{
    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public static Options Of(string[] args)
    {
        var options = new Options();
        for (var i = 0; i + 1 < args.Length; i += 2) options._values[args[i].TrimStart('-')] = args[i + 1];
        return options;
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);
    public int Number(string name, int otherwise) => int.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    public double Decimal(string name, double otherwise) => double.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
    public IEnumerable<int> Numbers(string name, string otherwise) => Text(name, otherwise).Split(',').Select(one => int.Parse(one, CultureInfo.InvariantCulture));
}
