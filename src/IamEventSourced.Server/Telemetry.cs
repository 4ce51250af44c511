using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace IamEventSourced.Server;

/// <summary>
/// What the process tells about itself: numbers and spans, by OpenTelemetry. Their labels are operations' names, outcomes and AWS's error codes,
/// never an account, an id, an ARN or a name. Nobody listens: nothing is measured.
/// </summary>
static class Telemetry
{
    /// <summary>The name of our meter and of our source of spans.</summary>
    public const string Name = "IamEventSourced";

    const string OperationTag = "iam.operation", OutcomeTag = "iam.outcome", CodeTag = "iam.code", FateTag = "iam.fate", Succeeded = "ok";

    const string BusSource = "Wolverine", BusMeter = "Wolverine:iam";

    static readonly ActivitySource Spans = new(Name);
    static readonly Meter Meter = new(Name);
    // OpenTelemetry's own buckets begin at 5 ms, where most of our work has long ended.
    static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };
    static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] };

    static readonly Histogram<double>
        Authorizations = Meter.CreateHistogram("iam.authorize.duration", "s", "Questions whether somebody may, alone or as a batch, by outcome.", advice: Seconds),
        Queries = Meter.CreateHistogram("iam.query.duration", "s", "The other queries, by operation and outcome.", advice: Seconds),
        Commands = Meter.CreateHistogram("iam.command.duration", "s", "Commands from the door to the answer, by operation and outcome.", advice: Seconds),
        Commits = Meter.CreateHistogram("iam.commit.duration", "s", "Transactions of an account's writer that were committed.", advice: Seconds);
    static readonly Histogram<int> Batches = Meter.CreateHistogram("iam.batch.size", "{command}", "Commands in one transaction.", advice: Sizes);
    static readonly Counter<long>
        Refusals = Meter.CreateCounter<long>("iam.refusals", "{refusal}", "Operations of known callers that were refused, by AWS's error code."),
        Attempts = Meter.CreateCounter<long>("iam.refused_attempts", "{attempt}", "Attempts without permission or without a good signature, by code and by what is kept of them: a row, a count, or nothing."),
        Logged = Meter.CreateCounter<long>("iam.decision_log", "{decision}", "Decisions that were to be kept in the decision log, by what became of them: kept, or missing."),
        Samples = Meter.CreateCounter<long>("iam.sampler.samples", "{sample}", "Answers compared between the directory and the rows."),
        Differences = Meter.CreateCounter<long>("iam.sampler.differences", "{difference}", "Of these, those that differed. Anything but 0 is a defect."),
        Skips = Meter.CreateCounter<long>("iam.sampler.skipped", "{sample}", "Samples that were not taken, since the database did not answer in time.");

    /// <summary>Begins an operation's span; null: nobody wants to see it.</summary>
    public static Activity? Begin(Operation operation) => Spans.StartActivity(operation.Name);

    /// <summary>A moment for <see cref="End"/>; 0: nobody wants to know.</summary>
    public static long Now => Authorizations.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>An operation is answered.</summary>
    public static void End(Operation operation, Activity? span, long began, IamError? refusal)
    {
        var outcome = refusal?.Code ?? Succeeded;
        if (span is not null)
        {
            span.SetTag(OperationTag, operation.Name).SetTag(OutcomeTag, outcome);
            if (refusal is { Status: >= 500 }) span.SetStatus(ActivityStatusCode.Error);
        }
        if (refusal is not null) Refusals.Add(1, new KeyValuePair<string, object?>(CodeTag, refusal.Code));
        if (began is 0) return;
        var taken = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var histogram = operation.IsCommand ? Commands : operation.Type == typeof(Authorize) || operation.Type == typeof(AuthorizeBatch) ? Authorizations : Queries;
        histogram.Record(taken, new(OperationTag, operation.Name), new(OutcomeTag, outcome));
    }

    /// <summary>Begins the span of a transaction. It is of no single operation: its links lead to those whose commands it carries out.</summary>
    public static Activity? BeginCommit(IEnumerable<ActivityContext> operations) =>
        !Spans.HasListeners() ? null : Spans.StartActivity("commit", ActivityKind.Internal, default(ActivityContext), links: operations.Where(context => context != default).Select(context => new ActivityLink(context)));

    /// <summary>A transaction was committed.</summary>
    public static void Committed(int commands, long began)
    {
        Batches.Record(commands);
        if (began is not 0) Commits.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Something was tried without permission or without a good signature.</summary>
    public static void Attempted(string code, string fate, long count = 1) => Attempts.Add(count, new(CodeTag, code), new(FateTag, fate));

    /// <summary>Decisions were kept in the decision log, or are missing in it.</summary>
    public static void LoggedDecisions(int count, string fate) => Logged.Add(count, new KeyValuePair<string, object?>(FateTag, fate));

    /// <summary>An answer of the directory was compared with the rows'.</summary>
    public static void Sampled(bool differs)
    {
        Samples.Add(1);
        if (differs) Differences.Add(1);
    }

    /// <summary>A sample could not be taken.</summary>
    public static void SkippedSample() => Skips.Add(1);

    /// <summary>What can be read off a node at any time.</summary>
    public static void Watch(IServiceProvider node)
    {
        var (accounts, following, time) = (node.GetRequiredService<LiveAccounts>(), node.GetRequiredService<Following>(), node.GetRequiredService<TimeProvider>());
        var meter = node.GetRequiredService<IMeterFactory>().Create(Name); // ends with the node
        var (nodes, forwarding) = (node.GetRequiredService<Nodes>(), node.GetRequiredService<Forwarding>());
        meter.CreateObservableGauge("iam.nodes", () => nodes.Peers.Count, "{node}", "Other nodes that are live and answer this one.");
        meter.CreateObservableCounter("iam.forwarded_commands", () => forwarding.Answered, "{command}", "Commands that their account's owner, another node, has answered.");
        var heads = node.GetRequiredService<TreeHeads>();
        meter.CreateObservableCounter("iam.tree_heads.signed", () => heads.Signed, "{head}", "Tree heads that this node has signed.");
        meter.CreateObservableGauge("iam.tree_heads.refused", () => heads.Refused.Count, "{account}", "Accounts of which nothing is signed any more, since their streams are not those that were signed before. Anything but 0 is an alarm.");
        var publishing = node.GetRequiredService<Publishing>();
        meter.CreateObservableGauge("iam.subscribers.lag", () => publishing.Mine.Select(subscriber => subscriber.Lag).DefaultIfEmpty().Max(), "{revision}", "By how many revisions the most backward subscriber of this node's accounts was behind at the last look.");
        meter.CreateObservableGauge("iam.subscribers.failing", () => publishing.Failing, "{subscriber}", "Subscribers of this node's accounts that could not be told at the last attempt.");
        var alerts = node.GetRequiredService<AlertNotices>();
        meter.CreateObservableGauge("iam.alerts.unsent", () => alerts.Unsent, "{alert}", "Alerts of any account of which not all is sent on the bus, at the last look, which is each minute.");
        meter.CreateObservableGauge("iam.alerts.failing", () => alerts.Failing, "{account}", "Accounts of this node whose alerts could not be told at the last attempt.");
        meter.CreateObservableGauge("iam.live_accounts", () => accounts.Now.Count(), "{account}", "Accounts held in memory.");
        meter.CreateObservableGauge("iam.waiting_commands", () => accounts.Now.Sum(account => account.WaitingCommands), "{command}", "Commands that wait for their account's writer.");
        meter.CreateObservableGauge("iam.knowledge.age", () => accounts.Age(time).TotalSeconds, "s", "How long ago the least known live account was known to be the newest.");
        meter.CreateObservableGauge("iam.revision.lag", () => following.Lag, "{revision}", "By how many revisions the most backward live account was behind at the last look.");
    }

    /// <summary>
    /// Sends metrics, spans and logs to where the standard variables say (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin), and shows
    /// metrics to Prometheus at <c>Iam__MetricsUrl</c>. Without these nothing is set up.
    /// </summary>
    public static void Configure(WebApplicationBuilder builder, ServerOptions options)
    {
        var configuration = builder.Configuration;
        var sends = !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            && Endpoints.Any(name => configuration[name] is { Length: > 0 });
        if (!sends && options.MetricsUrl is null) return;

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("iam")).WithMetrics(metrics =>
        {
            Include(metrics);
            if (options.MetricsUrl is { } url) metrics.AddPrometheusHttpListener(listener => (listener.Host, listener.Port) = (url.Host, url.Port));
        });
        if (sends) telemetry.WithTracing(Include).WithLogging().UseOtlpExporter();
    }

    static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <summary>The meters: ours, the web server's, the database driver's, the bus's, the runtime's.</summary>
    internal static void Include(MeterProviderBuilder metrics) =>
        metrics.AddMeter(Name, "Npgsql", BusMeter, "System.Runtime").AddAspNetCoreInstrumentation()
            // Whoever may write to a queue writes what he likes as a message's type.
            .AddView(instrument => instrument.Meter.Name == BusMeter ? new() { TagKeys = [] } : null);

    /// <summary>The sources of spans: ours, the web server's, the database driver's, the bus's; each without what may name somebody.</summary>
    internal static void Include(TracerProviderBuilder traces) =>
        traces.AddSource(Name, "Npgsql", BusSource).AddAspNetCoreInstrumentation(web => web.Filter = http => !http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)).AddProcessor(new OnlyKnownTags());

    /// <summary>Leaves in spans only what is known to name nobody: paths hold accounts, messages their ids, statements whatever a driver puts there.</summary>
    sealed class OnlyKnownTags : BaseProcessor<Activity>
    {
        static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
        [
            OperationTag, OutcomeTag, "iam.commands",
            "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme", "error.type",
            "db.system", "db.system.name", "db.response.status_code", "db.npgsql.rows", "otel.status_code",
            "messaging.system", "messaging.message_payload_size_bytes", "messaging.operation.name",
        ], StringComparer.Ordinal);

        public override void OnEnd(Activity span)
        {
            List<string>? unknown = null;
            foreach (ref readonly var tag in span.EnumerateTagObjects())
                if (!Known.Contains(tag.Key)) (unknown ??= []).Add(tag.Key);
            if (unknown is not null)
                foreach (var name in unknown) span.SetTag(name, null);
            if (span.StatusDescription is not null) span.SetStatus(span.Status);
            // A message's span is called by the message's type, as the sender wrote it.
            if (span.Source.Name == BusSource && !Operation.All.ContainsKey(span.DisplayName)) span.DisplayName = "message";
        }
    }
}
