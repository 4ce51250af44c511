using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;

namespace IamEventSourced.Server;

/// <summary>
/// Sends many commands to a server, through its front door. Each line is one, as <c>{"CreateUser":{"UserName":"alice"}}</c>; lines between two
/// empty lines are sent at the same time and in any order. Each is carried out once, however often the file is sent: its command id is
/// made from the line and all lines before it.
/// </summary>
/// <param name="client">The account's client.</param>
/// <param name="inFlight">How many wait for their answers at a time.</param>
/// <param name="goOn">Whether to go on after a refusal; else what is on its way is waited for, and nothing more is sent.</param>
/// <param name="report">Where it says how far it is; refusals, too.</param>
sealed class BulkSend(IamClient client, int inFlight, bool goOn, TextWriter report)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Pause = TimeSpan.FromMilliseconds(200), Said = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<long, bool> _open = new(); // lines on their way, or not done
    long _done, _refused;
    volatile bool _stopped;

    /// <summary>How many were carried out, now or before.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>How many were refused.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Sends the lines.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="from">The first line to send, from 1; those before only count for the ids.</param>
    /// <returns>The line to go on from; null: all were sent.</returns>
    public async Task<long?> Run(TextReader lines, long from = 1)
    {
        using var room = new SemaphoreSlim(inFlight);
        var (digest, number, began, said) = (new byte[SHA256.HashSizeInBytes], 0L, Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (!_stopped && await lines.ReadLineAsync() is { } line)
        {
            number++;
            digest = SHA256.HashData([.. digest, .. Encoding.UTF8.GetBytes(line)]);
            if (number < from) continue;
            if (line.Length is 0)
            {
                await Quiet();
                continue;
            }
            await room.WaitAsync();
            _open[number] = true;
            _ = One(number, line, $"bulk-{Convert.ToHexStringLower(digest)}");
            if (Stopwatch.GetElapsedTime(said) < Said) continue;
            said = Stopwatch.GetTimestamp();
            Say();
        }
        await Quiet();
        Say();
        return _open.IsEmpty ? null : _open.Keys.Min();

        async Task Quiet()
        {
            for (var i = 0; i < inFlight; i++) await room.WaitAsync();
            room.Release(inFlight);
        }

        async Task One(long at, string line, CommandId id)
        {
            try { await Send(at, line, id); }
            finally { room.Release(); }
        }

        void Say() => report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"line {number:#,0}: {Done:#,0} done, {Refused:#,0} refused, {Done / Stopwatch.GetElapsedTime(began).TotalSeconds:#,0} a second"));
    }

    async Task Send(long number, string line, CommandId id)
    {
        if (Read(line, out var command) is { } problem) { Refuse(number, problem); return; }
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            string failure;
            try
            {
                var reply = await client.Send(command!, id);
                if (reply.Refusal is not { } refusal)
                {
                    _open.TryRemove(number, out _);
                    Interlocked.Increment(ref _done);
                    return;
                }
                failure = $"{refusal.Code}: {refusal.Message}";
                if (refusal.Status < 500) { Refuse(number, failure); return; }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException) { failure = e.Message; }
            // Not done, or not known: again, under the same id.
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                Say(number, failure);
                _stopped = true;
                return;
            }
            await Task.Delay(Pause);
        }
    }

    void Refuse(long number, string why)
    {
        Interlocked.Increment(ref _refused);
        if (goOn) _open.TryRemove(number, out _);
        else _stopped = true;
        Say(number, why);
    }

    void Say(long number, string why) => report.WriteLine(string.Create(CultureInfo.InvariantCulture, $"line {number}: {why}"));

    /// <summary>What is wrong with a line; null: it is a command.</summary>
    static string? Read(string line, out ICommand? command)
    {
        command = null;
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind is not JsonValueKind.Object || json.RootElement.EnumerateObject().ToList() is not [var only]) return "A line is an object with one member, the command's name.";
            if (!Operation.All.TryGetValue(only.Name, out var operation) || !operation.IsCommand) return $"There is no command {only.Name}.";
            if (operation.TakesSecret) return $"{only.Name} takes a secret, which is not to lie in a file of commands.";
            if (operation.HoldsSecret) return $"{only.Name} answers with a secret, which nobody would see here.";
            command = (ICommand)only.Value.Deserialize(operation.Type, Json.Options)!;
            return command is null ? $"{only.Name}: Member must not be null" : null;
        }
        catch (JsonException e) { return e.Message; }
    }
}
