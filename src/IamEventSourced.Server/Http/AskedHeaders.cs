using System.Globalization;
using System.Text.RegularExpressions;

namespace IamEventSourced.Server;

/// <summary>What a request's headers ask beside its parameters; the same at both doors.</summary>
/// <param name="Consistency">Iam-Consistency: of a query.</param>
/// <param name="Expected">If-Match: of a command.</param>
/// <param name="Correlation">Iam-Correlation-Id.</param>
/// <param name="Causation">Iam-Causation-Id.</param>
sealed partial record AskedHeaders(Consistency Consistency, long? Expected, string? Correlation, string? Causation)
{
    public const string ConsistencyName = "Iam-Consistency";
    public const string IfMatchName = "If-Match";
    public const string CorrelationName = "Iam-Correlation-Id";
    public const string CausationName = "Iam-Causation-Id";
    public const string AgeName = "Iam-Age";
    public const string RevisionName = "Iam-Revision";
    public const string RequestIdName = "x-amzn-RequestId";
    const string ConsistencyForms = "Member must be one of at-least=<revision>, at=<revision>, as-of=<ISO 8601 time with Z or an offset>, newest";
    static readonly string[] Times = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>What is asked, or all that is wrong with it.</summary>
    public static Answer<AskedHeaders> Read(IHeaderDictionary headers, Operation operation)
    {
        var problems = new List<string>();
        var asked = new AskedHeaders(
            Value(headers, ConsistencyName, problems) is { } consistency ? ConsistencyOf(consistency, operation, problems) : Consistency.Any,
            Value(headers, IfMatchName, problems) is { } expected ? ExpectedOf(expected, operation, problems) : null,
            Word(headers, CorrelationName, problems), Word(headers, CausationName, problems));
        return problems.Count > 0 ? IamError.ValidationError(problems) : asked;
    }

    static Consistency ConsistencyOf(string text, Operation operation, List<string> problems)
    {
        if (operation.IsCommand)
        {
            problems.Add(Problem(ConsistencyName, $"{operation.Name} is a command and takes no consistency; If-Match says which revision it needs"));
            return Consistency.Any;
        }
        var (form, value) = text.Split('=', 2) is [var before, var after] ? (before, after) : (text, null);
        switch (form)
        {
            case "newest" when value is null: return new() { Newest = true };
            case "at-least" when RevisionOf(value) is { } revision: return new() { AtLeast = revision };
            case "at" when RevisionOf(value) is { } revision: return new() { At = revision };
            case "as-of" when TimeOf(value) is { } time: return new() { AsOf = time };
            default:
                problems.Add(Problem(ConsistencyName, ConsistencyForms));
                return Consistency.Any;
        }
    }

    static long? ExpectedOf(string text, Operation operation, List<string> problems)
    {
        if (!operation.IsCommand) problems.Add(Problem(IfMatchName, $"{operation.Name} is a query and has no precondition; {ConsistencyName} says of which revision it asks"));
        else if (text is ['"', .. var revision, '"'] && RevisionOf(revision) is { } expected) return expected;
        else problems.Add(Problem(IfMatchName, "Member must be one revision in quotation marks, as \"123\""));
        return null;
    }

    static long? RevisionOf(string? text) =>
        text is [>= '1' and <= '9', ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null;

    static DateTimeOffset? TimeOf(string? text) =>
        text is not null && Offset().IsMatch(text) && DateTimeOffset.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToUniversalTime() : null;

    static string? Word(IHeaderDictionary headers, string name, List<string> problems)
    {
        var word = Value(headers, name, problems);
        if (word is null || Printable().IsMatch(word)) return word;
        problems.Add(Problem(name, "Member must be 1 to 128 printable ASCII characters"));
        return null;
    }

    static string? Value(IHeaderDictionary headers, string name, List<string> problems)
    {
        if (headers[name] is { Count: > 1 }) problems.Add(Problem(name, "Member must not be given twice"));
        return headers[name] is [var only] ? only : null;
    }

    static string Problem(string header, string constraint) => $"Value at '{header}' failed to satisfy constraint: {constraint}";

    // A time without an offset would be read in the server's own zone.
    [GeneratedRegex(@"(?:Z|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Offset();

    [GeneratedRegex(@"\A[\u0021-\u007E](?:[\u0020-\u007E]{0,126}[\u0021-\u007E])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();
}
