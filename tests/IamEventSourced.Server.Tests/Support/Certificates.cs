namespace IamEventSourced.Server.Tests;

/// <summary>Certificates and keys that another program made.</summary>
static class Certificates
{
    static readonly Dictionary<string, string> Pems = Read();

    public static string Pem(string name) => Pems[name];

    static Dictionary<string, string> Read()
    {
        using var text = new StreamReader(typeof(Certificates).Assembly.GetManifestResourceStream("Certificates.tsv")!);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] is not '#').Select(line => line.Split('\t')).ToDictionary(part => part[0], part => part[1].Replace("\\n", "\n", StringComparison.Ordinal), StringComparer.Ordinal);
    }
}
