using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace IamEventSourced.Cli;

/// <summary><c>iam verify EXPORT --heads FILE --key PUBKEY</c>: checks an export against tree heads that were kept elsewhere, without server or database. Exit status 7: something is not as it was signed.</summary>
sealed class VerifyVerb : Verb
{
    readonly Argument<string> _export = new("export") { Description = "What iam export wrote", HelpName = "EXPORT" };
    readonly Option<string[]> _heads = new("--heads") { Description = "A file of tree heads, as a node keeps it; again for further nodes", HelpName = "FILE", Required = true };
    readonly Option<string> _key = new("--key") { Description = "The operator's public key, as PEM", HelpName = "FILE", Required = true };

    public VerifyVerb() : base("verify", "Is this export what was signed? Names each event that was changed, removed, inserted or moved, and what was cut off")
    {
        Arguments.Add(_export);
        Options.Add(_heads);
        Options.Add(_key);
    }

    public override Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        using var key = ECDsa.Create();
        try { key.ImportFromPem(File.ReadAllText(asked.Get(_key)!)); }
        catch (Exception e) when (e is ArgumentException or CryptographicException) { throw CannotException.Usage($"--key: {asked.Get(_key)} holds no public key of P-256 as PEM."); }
        var account = AccountOf(asked.Get(_export)!);
        var check = new LedgerCheck(account, asked.Get(_heads)!.SelectMany(file => KeptTreeHead.Read(File.ReadLines(file))), key);
        foreach (var line in File.ReadLines(asked.Get(_export)!)) check.Take(line);
        var report = check.Report();
        if (report.Heads is 0) throw CannotException.Usage("--heads: there is none in it.");

        asked.Show(report, to =>
        {
            foreach (var finding in report.Findings) to.WriteLine($"{finding.Kind,-14} {finding.Message}");
            if (report.Findings.Count is 0) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r 1–{report.Proven} of account {account} are as they were signed, by {report.Heads} heads"));
            if (report.Findings.Count is 0 && report.Events > report.Proven) to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"r {report.Proven + 1}–{report.Events} came after the last head: not yet signed"));
        }, report.Findings);
        return Task.FromResult(report.Findings.Count is 0 ? ExitStatus.Done : ExitStatus.NotProven);
    }

    /// <summary>The account that most of the first events say; a single one may have been altered.</summary>
    internal static AccountId AccountOf(string export) =>
        File.ReadLines(export).Select(AccountIn).OfType<string>().Take(99).GroupBy(account => account).MaxBy(same => same.Count())?.Key is { } id && AccountId.Limits.Violation(id) is null
            ? id : throw CannotException.Usage($"{export} is no export: no event of an account is in it.");

    static string? AccountIn(string line)
    {
        try { return JsonElement.Parse(line) is { ValueKind: JsonValueKind.Object } read && read.TryGetProperty("account", out var account) && account.ValueKind is JsonValueKind.String ? account.GetString() : null; }
        catch (JsonException) { return null; } // the check says so of the line
    }
}
