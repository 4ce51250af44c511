using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The one way in: every edge authenticates, reads the operation, and comes here.</summary>
public sealed class Dispatcher
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);

    readonly LiveAccounts _accounts;
    readonly AccountStore _store;
    readonly RefusedAttempts _refused;
    readonly IIdSource _ids;
    readonly TimeProvider _time;

    internal Dispatcher(LiveAccounts accounts, AccountStore store, RefusedAttempts refused, IIdSource ids, TimeProvider time) =>
        (_accounts, _store, _refused, _ids, _time) = (accounts, store, refused, ids, time);

    /// <summary>Carries out a command or answers a query. A refusal is a reply, never an exception.</summary>
    public async Task<Reply> Dispatch(Request request, CancellationToken cancel)
    {
        Reply reply;
        try
        {
            // Other accounts are reachable by no door.
            reply = request.Caller is not OperatorCaller && request.Caller.Account != request.Account ? new(Foreign(request), 0)
                : request.Operation is ICommand command ? await Execute(request, command)
                : await Ask(request, cancel);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or BrokenStreamException)
        {
            reply = new(IamError.ServiceUnavailable(e is BrokenStreamException ? e.Message : "The database can't be reached."), 0);
        }
        if (reply.Refusal is { Code: "AccessDenied" or "InvalidClientTokenId" } denied)
            _refused.Record(new(request.Account, request.Caller.PrincipalId, request.Caller.Key, Operation.Of(request.Operation).Action, denied.Code, denied.Message, request.Origin.SourceIp, request.Id));
        return reply;
    }

    async Task<Reply> Execute(Request request, ICommand command)
    {
        if (request.Caller is OperatorCaller && command is CreateAccount)
            return await (await _accounts.Open(request.Account)).Execute(request, command);
        return await _accounts.Find(request.Account, default) is { } account ? await account.Execute(request, command) : NoAccount(request);
    }

    async Task<Reply> Ask(Request request, CancellationToken cancel)
    {
        if (request is { Operation: IQuery own, Caller: OperatorCaller } && request.Account == AccountId.Operator) return AskOfOperator(own, request);
        if (await _accounts.Find(request.Account, cancel) is not { } account) return NoAccount(request);
        if (request.Consistency.Newest) await account.Newest(cancel);
        if (request.Consistency.AtLeast is { } least && !await account.AtLeast(least, Wait, cancel))
            return new(IamError.ServiceUnavailable($"This node has revision {account.Directory.Revision}, not yet {least}."), account.Directory.Revision);

        var directory = account.Directory;
        var confirmed = account.Confirmed;
        var call = new Call(request.Caller, request.Id, _time.GetUtcNow(), _ids) { Origin = request.Origin };
        // May the caller ask? By the rights of now, whatever moment is asked about.
        if (directory.Refusal(request.Operation, call) is { } refusal) return new(refusal, directory.Revision, Confirmed: confirmed);

        var (moment, unfit) = await MomentOf(request, account, cancel);
        if (unfit is not null) return new(unfit, directory.Revision, Confirmed: confirmed);
        if (request.Operation is IHistoryQuery history) return await Tell(history, request.Caller, account.Directory, moment?.Revision, confirmed, cancel);

        var query = (IQuery)request.Operation;
        if (moment is not null)
        {
            if (moment.Value.Revision != directory.Revision)
            {
                directory = await PartialDirectory.Load(_store.Database, account.Directory, query, request.Caller, moment.Value.Revision, cancel);
                // Then the names may have been another's: the rights of now have to reach these too.
                if (account.Directory.Refusal(query, call, directory) is { } then) return new(then, directory.Revision);
            }
            (call, confirmed) = (call with { At = moment.Value.At ?? directory.At }, default);
        }
        var (answer, refused) = query.AnswerOn(directory, call);
        return new(refused, directory.Revision, answer, moment is null ? confirmed : null);
    }

    /// <summary>What the operator may ask of itself, which is no account.</summary>
    Reply AskOfOperator(IQuery query, Request request)
    {
        var (directory, call) = (new Directory(AccountId.Operator), new Call(request.Caller, request.Id, _time.GetUtcNow(), _ids) { Origin = request.Origin });
        var (answer, refusal) = directory.Refusal(query, call) is { } denied ? new(null, denied) : query.AnswerOn(directory, call);
        return new(refusal, 0, answer);
    }

    /// <summary>The moment of the past that is asked about; null: now.</summary>
    async Task<((long Revision, DateTimeOffset? At)? Moment, IamError? Unfit)> MomentOf(Request request, LiveAccount account, CancellationToken cancel)
    {
        (long Revision, DateTimeOffset? At)? moment = null;
        if (request.Consistency.At is { } revision)
        {
            if (revision < 1 || !await Known(revision)) return (null, Future("at", revision));
            moment = (revision, null);
        }
        else if (request.Consistency.AsOf is { } time)
        {
            if (time > _time.GetUtcNow()) return (null, IamError.InvalidInput($"as-of: {Json.Write(time)} is not over yet."));
            await account.Newest(cancel); // or an event before that time could be missing here
            if (await PartialDirectory.RevisionAt(_store.Database, account.Directory, time, cancel) is not (> 0 and var then)) return (null, IamError.InvalidInput($"as-of: the account did not exist at {Json.Write(time)}."));
            moment = (then, time);
        }
        if (request.Operation is not IPaged { Marker: { } marker }) return (moment, null);

        if (marker.Read() is not { } place || place.After.Contains('\0')) return (null, IamError.ValidationError(["Value at 'Marker' failed to satisfy constraint: Member must be a marker that a page of this list gave"]));
        if (moment is { } asked && asked.Revision != place.Revision) return (null, IamError.InvalidInput($"Marker: it goes on with revision {place.Revision}, not with {asked.Revision}."));
        return moment is not null || await Known(place.Revision) ? (moment ?? (place.Revision, null), null) : (null, Future("Marker", place.Revision));

        async Task<bool> Known(long asked) => asked <= account.Directory.Revision || await account.AtLeast(asked, TimeSpan.Zero, cancel);
        IamError Future(string field, long asked) => IamError.InvalidInput($"{field}: the account has no revision {asked}; its newest is {account.Directory.Revision}.");
    }

    async Task<Reply> Tell(IHistoryQuery history, Caller caller, Directory newest, long? revision, DateTimeOffset confirmed, CancellationToken cancel)
    {
        // A name leads to who held it at that revision.
        var directory = revision is { } then && then != newest.Revision ? await PartialDirectory.Load(_store.Database, newest, history, caller, then, cancel) : newest;
        var (entity, refusal) = history.Entity(directory);
        if (refusal is not null) return new(refusal, directory.Revision);
        var (from, count) = history.Window;
        List<RecordedEvent> events = [];
        await using var connection = await _store.Database.OpenConnectionAsync(cancel);
        await foreach (var recorded in RecordedEvents.ReadOf(connection, directory.Account, entity!, from, directory.Revision, count + 1, cancel)) events.Add(recorded);
        var more = events.Count > count;
        if (more) events.RemoveAt(count);
        return new(null, directory.Revision, history.AnswerOn(entity!, events, more), revision is null ? confirmed : null);
    }

    static Reply NoAccount(Request request) => new(request.Caller is OperatorCaller ? IamError.NoSuchEntity("account", request.Account) : IamError.InvalidClientTokenId, 0);

    static IamError Foreign(Request request) => IamError.AccessDenied(Arn.Of(request.Caller.Account, request.Caller is UserCaller user ? $"user/{user.UserId}" : "root"),
        Operation.Of(request.Operation).Action, Arn.Of(request.Account, "*").Value);
}
