using System.CommandLine;
using System.Globalization;
using IamEventSourced.Client;

namespace IamEventSourced.Cli;

/// <summary>One run of a verb: what the command line says, whom it asks, and where its answer goes.</summary>
/// <param name="parsed">What the command line says.</param>
/// <param name="around">What the program finds around it.</param>
/// <param name="cancel">Ends the asking.</param>
sealed class Invocation(ParseResult parsed, Surroundings around, CancellationToken cancel)
{
    Profile Profile => field ??= Profile.Of(parsed.GetValue(GlobalOptions.Profile), around.Environment);

    /// <summary>The service, for commands and for what no question below asks.</summary>
    /// <exception cref="CannotException">It is not said where the service is, or by which key.</exception>
    public IamClient Client => Exported is not null ? throw CannotException.Usage("--export: this needs a server.") : field ??= IamClient.Create(Server, Account, Key, Profile.Secret ?? throw NoKey, Profile.Region, Profile.SessionToken);

    /// <summary>Where the service is.</summary>
    public Uri Server => Uri.TryCreate(parsed.GetValue(GlobalOptions.Server) ?? Profile.Server ?? throw CannotException.Usage("It is not said where the service is: give --server URL, AWS_ENDPOINT_URL, or endpoint_url in the profile."), UriKind.Absolute, out var url)
        ? url : throw CannotException.Usage("--server: an address like http://127.0.0.1:8080 is needed.");

    /// <summary>The account that is asked.</summary>
    public AccountId Account => Exported?.Account ?? (field ??= parsed.GetValue(GlobalOptions.Account) is { } given
        ? AccountId.Limits.Violation(given) is null ? new(given) : throw CannotException.Usage("--account: an account's id has 12 digits.")
        : Key.Account ?? throw CannotException.Usage("The access key does not tell its account: give --account ID."));

    /// <summary>What is asked in the place of a server; null: a server is.</summary>
    ExportedAccount? Exported => field ??= parsed.GetValue(GlobalOptions.Export) is { } file ? ExportedAccount.Read(file) : null;

    /// <summary>Whether an export is asked in the place of a server.</summary>
    public bool IsOfExport => Exported is not null;

    AccessKeyId Key => AccessKeyId.Limits.Violation(Profile.Key ?? throw NoKey) is null ? new(Profile.Key) : throw CannotException.Usage("The access key is none of AWS's form.");

    static CannotException NoKey => CannotException.Usage("There is no access key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE as ./run writes them, or give --profile NAME.");

    /// <summary>A moment that is said on the command line: a revision or a time.</summary>
    static ReadAt Moment(string option, string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var exact) ? ReadAt.Revision(exact) : ReadAt.Time(Time(option, text));

    /// <summary>Of which moment, or how new, answers have to be; null: it is not said.</summary>
    public ReadAt? At
    {
        get
        {
            var (moment, least) = (parsed.GetValue(GlobalOptions.AsOf), parsed.GetValue(GlobalOptions.AtLeast));
            if (moment is null) return least is { } revision ? ReadAt.AtLeast(revision) : null;
            if (least is not null) throw CannotException.Usage("--as-of and --at-least exclude each other.");
            return Moment("--as-of", moment);
        }
    }

    /// <summary>The value of an argument or option.</summary>
    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);
    /// <inheritdoc cref="Get{T}(Argument{T})"/>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>A time of ISO 8601; without an offset it is UTC.</summary>
    /// <exception cref="CannotException">It is none.</exception>
    public static DateTimeOffset Time(string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw CannotException.Usage($"{option}: {text} is no revision and no time; say it as 2026-11-24T05:06:07Z.");

    /// <summary>An entity of the account by its ARN, its unique id, or short: <c>user/alice</c>, <c>group/Developers</c>, <c>policy/Reports</c>, <c>root</c>.</summary>
    public string Entity(string text) => text is "root" || Kinds.Any(kind => text.StartsWith(kind, StringComparison.Ordinal)) ? $"arn:aws:iam::{Account}:{text}" : text;

    static readonly string[] Kinds = ["user/", "group/", "policy/", "server-certificate/"];

    /// <summary>An ARN for people: <c>user/alice</c>.</summary>
    public static string Short(Arn arn) => arn.Resource;

    /// <summary>A principal by its ARN or short, as <see cref="Entity"/> says.</summary>
    /// <exception cref="CannotException">It is neither.</exception>
    public Arn Principal(string text) => Entity(text) is var arn && Arn.Limits.Violation(arn) is null ? new(arn) : throw CannotException.Usage($"{text} is no principal: say user/NAME, root, or an ARN.");

    /// <summary>The unique id of a principal, said in any of these ways. An ARN's is told by its history, also of one that is no more.</summary>
    public async Task<Answer<PrincipalId>> PrincipalId(string text)
    {
        var entity = Entity(text);
        if (!entity.StartsWith("arn:", StringComparison.Ordinal)) return new PrincipalId(text);
        var reply = await Ask(new GetEntityHistory(entity, MaxItems: 1));
        return reply.Refusal is { } refusal ? refusal : new PrincipalId(reply.Answer!.EntityId);
    }

    /// <summary>Asks, of the moment that the command line says.</summary>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IQuery<TAnswer> query) where TAnswer : class => Ask(query, (long?)null);
    /// <summary>Asks of a revision, where one is given; else of the moment that the command line says.</summary>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IQuery<TAnswer> query, long? revision) where TAnswer : class
    {
        var at = revision is { } exact ? ReadAt.Revision(exact) : At;
        cancel.ThrowIfCancellationRequested();
        return Exported is { } exported ? exported.Ask<TAnswer>(query, at) : Client.Ask(query, at, cancel);
    }

    /// <inheritdoc cref="Ask{TAnswer}(IQuery{TAnswer})"/>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IHistoryQuery<TAnswer> query) where TAnswer : class => Ask(query, (string?)null);

    /// <summary>A file's text; - is the standard input.</summary>
    public async Task<string> Read(string file, CancellationToken cancel) => file is "-" ? await around.Input.ReadToEndAsync(cancel) : await File.ReadAllTextAsync(file, cancel);

    /// <summary>Asks of a moment, where one is given; else of the one that the command line says.</summary>
    public Task<IamReply<TAnswer>> Ask<TAnswer>(IHistoryQuery<TAnswer> query, string? moment) where TAnswer : class
    {
        var at = moment is null ? At : Moment("TO", moment);
        cancel.ThrowIfCancellationRequested();
        return Exported is { } exported ? exported.Ask<TAnswer>(query, at) : Client.Ask(query, at, cancel);
    }

    /// <summary>For what is written as it comes.</summary>
    public TextWriter Output => around.Output;

    /// <summary>Says something to people, beside the answer.</summary>
    public void Note(string words)
    {
        if (!parsed.GetValue(GlobalOptions.Quiet)) around.Error.WriteLine(words);
    }

    /// <summary>Writes what has a form of its own.</summary>
    public void Write(Action<TextWriter> words)
    {
        if (!parsed.GetValue(GlobalOptions.Quiet)) words(around.Output);
    }

    /// <summary>Shows a refusal; the exit status that goes with it.</summary>
    public ExitStatus Refuse(IamError refusal)
    {
        Note($"{refusal.Code}: {refusal.Message}");
        return refusal switch
        {
            { Code: "ValidationError" or "InvalidInput" } => ExitStatus.Usage,
            { Status: 403 } => ExitStatus.Denied,
            { Status: 404 } => ExitStatus.NotFound,
            { Status: 409 or 412 } => ExitStatus.Conflict,
            { Status: 503 } => ExitStatus.Unreachable,
            _ => ExitStatus.Failed,
        };
    }

    /// <summary>Shows an answer in the form that is asked for.</summary>
    /// <param name="answer">It, as the API gives it.</param>
    /// <param name="words">Writes it for people.</param>
    /// <param name="rows">What of it is a line in jsonl and csv; null: the whole.</param>
    public void Show(object answer, Action<TextWriter> words, IEnumerable<object>? rows = null)
    {
        if (parsed.GetValue(GlobalOptions.Quiet)) return;
        switch (parsed.GetValue(GlobalOptions.Output) ?? (around.IsTerminal ? Format.Table : Format.Json))
        {
            case Format.Table: words(around.Output); break;
            case Format.Json: Cli.Output.Json(around.Output, answer); break;
            case Format.Jsonl: Cli.Output.JsonLines(around.Output, rows ?? [answer]); break;
            case Format.Yaml: Cli.Output.Yaml(around.Output, answer); break;
            case Format.Csv: Cli.Output.Csv(around.Output, rows ?? [answer]); break;
        }
    }
}
