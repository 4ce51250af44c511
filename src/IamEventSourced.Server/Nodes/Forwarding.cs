using System.Buffers;
using System.Text.Json;

namespace IamEventSourced.Server;

/// <summary>A command on its way to its account's owner, its caller authenticated here. Parameters are an operation's record, or its JSON.</summary>
sealed record Forwarded(string Operation, object Parameters, AccountId Account, AccountId CallerAccount, AccessKeyId Key, UserId? User, Session? Session, PasswordId? Password, DateTimeOffset? MultiFactorAuthAt, CommandId Id, Origin Origin,
    long? Expected, string? Correlation, string? Causation)
{
    public static Forwarded Of(Request request) => new(request.Operation.GetType().Name, request.Operation, request.Account, request.Caller.Account, request.Caller.Key, (request.Caller as UserCaller)?.UserId, request.Caller.Session, request.Caller.Password, request.Caller.MultiFactorAuthAt,
        request.Id, request.Origin, request.Expected, request.Correlation, request.Causation);

    /// <summary>The request again; null: this node has no such command.</summary>
    public Request? ToRequest()
    {
        if (!IamEventSourced.Operation.All.TryGetValue(Operation, out var operation) || !operation.IsCommand || operation.Read((JsonElement)Parameters).Value is not { } read) return null;
        Caller caller = CallerAccount == AccountId.Operator ? new OperatorCaller(Key) : User is null ? new RootCaller(CallerAccount, Key) : new UserCaller(CallerAccount, Key, User);
        return new(Account, read, caller with { Session = Session, Password = Password, MultiFactorAuthAt = MultiFactorAuthAt }, Id) { Origin = Origin, Expected = Expected, Correlation = Correlation, Causation = Causation };
    }
}

/// <summary>What the owner replies.</summary>
sealed record ForwardedReply(IamError? Refusal, long Revision, object? Answer);

/// <summary>Sends commands to their account's owner; what comes while a request is on its way goes together with the next.</summary>
sealed class Forwarding(Nodes nodes, NodeLink link)
{
    const int MostWaiting = 4096, MostInRequest = 256;
    /// <summary>After this many bytes no further command is added to a request.</summary>
    const int FullAt = 1 << 20;

    readonly Lock _lock = new();
    readonly Dictionary<(Peer Owner, AccountId Account), Queue<Waiting>> _waiting = [];
    long _answered;

    sealed record Waiting(byte[] Command)
    {
        public TaskCompletionSource<(Reply? Reply, bool Doubtful)> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>How many commands were answered by their owners.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Has the owner carry a command out.</summary>
    /// <returns>Its reply; or null, and whether it is in doubt that the owner got the command and may yet carry it out.</returns>
    public Task<(Reply? Reply, bool Doubtful)> Send(Peer owner, Request request)
    {
        var waiting = new Waiting(JsonSerializer.SerializeToUtf8Bytes(Forwarded.Of(request), Json.Options));
        var way = (owner, request.Account);
        lock (_lock)
        {
            if (_waiting.TryGetValue(way, out var queue))
            {
                if (queue.Count >= MostWaiting) return Task.FromResult<(Reply?, bool)>((new(IamError.ServiceUnavailable("Too many commands wait for this account; nothing was done."), 0), false));
                queue.Enqueue(waiting);
                return waiting.Done.Task;
            }
            _waiting[way] = new([waiting]);
        }
        // Not as part of the request that happens to be first.
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => Work(way));
        return waiting.Done.Task;
    }

    async Task Work((Peer Owner, AccountId Account) way)
    {
        for (; ; )
        {
            List<Waiting> batch = [];
            lock (_lock)
            {
                var queue = _waiting[way];
                for (var bytes = 0; batch.Count < MostInRequest && bytes < FullAt && queue.TryDequeue(out var next); bytes += next.Command.Length) batch.Add(next);
                if (batch.Count is 0)
                {
                    _waiting.Remove(way);
                    return;
                }
            }
            var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = Deliver(way.Owner, batch, taken);
            await taken.Task;
        }
    }

    async Task Deliver(Peer owner, List<Waiting> batch, TaskCompletionSource taken)
    {
        (ForwardedReply?[]? Replies, bool Sent) told = (null, true);
        try
        {
            var message = new ArrayBufferWriter<byte>();
            for (var i = 0; i < batch.Count; i++)
            {
                message.Write(i is 0 ? "["u8 : ","u8);
                message.Write(batch[i].Command);
            }
            message.Write("]"u8);
            var (answer, sent) = await link.Ask(owner, message.WrittenMemory, () => taken.TrySetResult());
            told = (answer is null ? null : JsonSerializer.Deserialize<ForwardedReply?[]>(answer, Json.Options), sent);
        }
        catch (JsonException) { } // of a version that answers otherwise
        finally
        {
            if (told.Replies is null || told.Replies.Length != batch.Count) nodes.Lost(owner);
            taken.TrySetResult();
            for (var i = 0; i < batch.Count; i++)
                batch[i].Done.SetResult(told.Replies is { } replies && replies.Length == batch.Count
                    ? (replies[i] is { } reply ? new(reply.Refusal, reply.Revision, reply.Answer) : null, false)
                    : (null, told.Sent));
            if (told.Replies is not null) Interlocked.Add(ref _answered, batch.Count);
        }
    }
}
