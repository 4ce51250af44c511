using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>
/// Asks random questions all the time, and answers each twice at one revision: on the directory and on the rows, which are derived from
/// the same events by different code. A difference is a defect of ours, or somebody's hand in the tables.
/// </summary>
sealed partial class Sampler(LiveAccounts accounts, AccountStore store, ServerOptions options, TimeProvider time, ILogger<Sampler> log) : BackgroundService
{
    /// <summary>A sample that takes longer is given up: whoever works here comes first.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    static readonly RandomIds Ids = new(); // of which a question needs none
    long _samples, _differences;

    /// <summary>How many questions were answered twice.</summary>
    public long Samples => Volatile.Read(ref _samples);

    /// <summary>How many of them differently: 0.</summary>
    public long Differences => Volatile.Read(ref _differences);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.SamplesPerSecond <= 0) return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / options.SamplesPerSecond), time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                var live = accounts.Now.ToList();
                if (live.Count > 0) await Sample(live[Random.Shared.Next(live.Count)].Directory, Random.Shared, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e) when (e is not OperationCanceledException) { LogDefect(log, e); }
        }
    }

    /// <summary>One question about an account, as it is in this directory.</summary>
    /// <returns>Whether the answers were the same; null: the rows could not be asked.</returns>
    public async Task<bool?> Sample(Directory directory, Random random, CancellationToken cancel)
    {
        var question = RandomQuestions.Next(directory, random);
        // Root may ask anything; what the question is about is its principal.
        var call = new Call(new RootCaller(directory.Account, AccessKeyId.Of(directory.Account, 0)), "sample", directory.At, Ids);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Longest);
        string rows, whole;
        try
        {
            rows = Said(question.AnswerOn(await PartialDirectory.Load(store.Database, directory, question, call.Caller, directory.Revision, limit.Token), call));
        }
        catch (Exception e) when (e.IsUnreachable || limit.IsCancellationRequested)
        {
            Telemetry.SkippedSample();
            return null;
        }
        catch (Exception e)
        {
            LogDefect(log, e);
            rows = $"rows: {e.GetType().Name}"; // they lead nowhere, or are not there
        }
        try { whole = Said(question.AnswerOn(directory, call)); }
        catch (Exception e)
        {
            LogDefect(log, e);
            whole = $"directory: {e.GetType().Name}";
        }

        var same = rows == whole;
        Interlocked.Increment(ref _samples);
        Telemetry.Sampled(!same);
        if (same) return true;
        Interlocked.Increment(ref _differences);
        LogDifference(log, directory.Account, directory.Revision, Operation.Of(question).Name);
        return false;
    }

    static string Said(Answer<object> answer) => answer.Refusal?.ToString() ?? JsonSerializer.Serialize(answer.Value, answer.Value!.GetType(), Json.Options);

    [LoggerMessage(Level = LogLevel.Error, Message = "A sample failed by a defect")]
    static partial void LogDefect(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {Account} at revision {Revision}: directory and rows answer {Operation} differently. The compare verb names the first row that differs")]
    static partial void LogDifference(ILogger log, AccountId account, long revision, string operation);
}
