using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace IamEventSourced.Cli;

/// <summary><c>iam export</c>: the account's events as they are stored, a line each, with the catalogues that they name; what <c>iam verify</c> checks.</summary>
sealed class ExportVerb : Verb
{
    readonly Option<string?> _file = new("--file", "-f") { Description = "Where it goes; standard output where none is given. What is there already is gone on with", HelpName = "FILE" };

    public ExportVerb() : base("export", "Every event of the account exactly as it is stored, as JSON lines") => Options.Add(_file);

    public override async Task<ExitStatus> Run(Invocation asked, CancellationToken cancel)
    {
        var (from, file) = (1L, asked.Get(_file));
        if (file is not null && File.Exists(file)) from = 1 + LastOf(file);
        if (from > 1 && VerifyVerb.AccountOf(file!) is var other && other != asked.Account) throw CannotException.Usage($"--file: {file} is of account {other}.");
        await using var to = file is null ? null : new StreamWriter(file, append: true);
        var count = 0L;
        for (long? next = from; next is { } revision; )
        {
            var reply = await asked.Ask(new ExportEvents(checked((int)revision), MaxItems.Limits.Max));
            if (reply.Refusal is { } refusal) return asked.Refuse(refusal);
            foreach (var catalogue in reply.Answer!.Catalogues) Write(JsonSerializer.Serialize(new ExportedLine(catalogue.Digest.Value, catalogue.Content), Json.Options));
            foreach (var line in reply.Answer.Events) Write(line.GetRawText());
            (next, count) = (reply.Answer.NextRevision, count + reply.Answer.Events.Count);
        }
        asked.Note(string.Create(CultureInfo.InvariantCulture, $"{count} events of account {asked.Account}, r {from}–{from + count - 1}"));
        return ExitStatus.Done;

        void Write(string line) => (to ?? asked.Output).WriteLine(line);
    }

    /// <summary>The last revision that the file has; a last line that was torn is cut off.</summary>
    static long LastOf(string file)
    {
        using (var stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite))
        {
            var end = stream.Length;
            for (; end > 0; end--)
            {
                stream.Position = end - 1;
                if (stream.ReadByte() is '\n') break;
            }
            if (end < stream.Length) stream.SetLength(end);
        }
        try { return File.ReadLines(file).Select(line => JsonElement.Parse(line)).Select(line => line.TryGetProperty("revision", out var revision) ? revision.GetInt64() : 0).DefaultIfEmpty().Max(); }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException) { throw CannotException.Usage($"--file: {file} is no export."); }
    }

    // As the check reads it.
    sealed record ExportedLine(string catalogue, string content);
}
