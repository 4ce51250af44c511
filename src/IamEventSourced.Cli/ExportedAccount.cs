using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Cli;

/// <summary>An account as an export has it, asked in the place of a server: by the same code, which gives the same answers. What is in the file is believed; <c>iam verify</c> checks it.</summary>
sealed class ExportedAccount
{
    readonly RecordedHistory _history;

    ExportedAccount(AccountId account, RecordedHistory history) => (Account, _history) = (account, history);

    /// <summary>Whose.</summary>
    public AccountId Account { get; }

    /// <summary>Reads an export.</summary>
    /// <exception cref="CannotException">It is none, or is not whole.</exception>
    public static ExportedAccount Read(string file)
    {
        List<RecordedEvent> events = [];
        foreach (var text in File.ReadLines(file))
        {
            var line = Line(file, text);
            if (line.TryGetProperty("content", out var content) && content.ValueKind is JsonValueKind.String) Catalogue.Read(content.GetString()!);
            else if (Event(file, line) is var recorded && recorded.Revision == events.Count + 1 && (events.Count is 0 || recorded.Account == events[0].Account)) events.Add(recorded);
            else throw CannotException.Usage($"--export: in {file}, r {events.Count + 1} is not where it should be; iam verify tells what was done.");
        }
        if (events.Count is 0) throw CannotException.Usage($"--export: there is no event in {file}.");
        return new(events[0].Account, new(events[0].Account, events));
    }

    static JsonElement Line(string file, string text)
    {
        try { return JsonElement.Parse(text) is { ValueKind: JsonValueKind.Object } line ? line : throw CannotException.Usage($"--export: {file} is no export."); }
        catch (JsonException) { throw CannotException.Usage($"--export: {file} is no export."); }
    }

    static RecordedEvent Event(string file, JsonElement line)
    {
        try { return Ledger.Read(line); }
        catch (FormatException e) { throw CannotException.Usage($"--export: in {file}: {e.Message}"); }
    }

    /// <summary>Answers, as root is answered by a server that has these events.</summary>
    /// <param name="query">The question.</param>
    /// <param name="at">Of which moment; null: of now.</param>
    public async Task<IamReply<TAnswer>> Ask<TAnswer>(IOperation query, ReadAt? at) where TAnswer : class
    {
        var revision = at?.OfTime is { } time ? await _history.RevisionAt(time) : at?.OfRevision ?? _history.Revision;
        if (at?.OfTime is { } early && revision is 0) return Refused($"as-of: the account did not exist at {Json.Write(early)}.");
        if (revision < 1 || revision > _history.Revision) return Refused($"at: the account has no revision {revision}; its newest is {_history.Revision}.");

        // Pages stay with the first one's revision.
        var moment = at?.OfTime ?? (at?.OfRevision is null ? DateTimeOffset.UtcNow : null);
        if (query is IPaged { Marker: { } marker }) revision = marker.Read() is var (pinned, _) && pinned <= _history.Revision ? pinned : throw CannotException.Usage("The marker is none of this export's.");
        var (answer, refusal) = await _history.Answer(query, new RootCaller(Account, AccessKeyId.Of(Account, 0)), revision, moment);
        return new((TAnswer?)answer, refusal, revision);

        IamReply<TAnswer> Refused(string why) => new(null, IamError.InvalidInput(why), _history.Revision);
    }
}
