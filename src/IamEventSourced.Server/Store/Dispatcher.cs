namespace IamEventSourced.Server;

/// <summary>The one way in: every edge authenticates, reads the operation, and comes here.</summary>
public sealed class Dispatcher
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(2);
    /// <summary>When a moment is over for good: how long a commit takes, and how far the nodes' clocks may be apart.</summary>
    static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    readonly LiveAccounts _accounts;
    readonly AccountStore _store;
    readonly Secrets _secrets;
    readonly RefusedAttempts _refused;
    readonly CredentialUses _uses;
    readonly AccessUses _accesses;
    readonly DecisionLog _decisions;
    readonly IIdSource _ids;
    readonly TimeProvider _time;
    readonly ServerOptions _options;
    readonly Nodes _nodes;
    readonly Forwarding _forwarding;
    readonly WholeDirectories _whole = new();

    internal Dispatcher(LiveAccounts accounts, AccountStore store, Secrets secrets, RefusedAttempts refused, CredentialUses uses, AccessUses accesses, DecisionLog decisions, IIdSource ids, TimeProvider time, ServerOptions options, Nodes nodes, Forwarding forwarding) =>
        (_accounts, _store, _secrets, _refused, _uses, _accesses, _decisions, _ids, _time, _options, _nodes, _forwarding) = (accounts, store, secrets, refused, uses, accesses, decisions, ids, time, options, nodes, forwarding);

    /// <summary>Carries out a command or answers a query. A refusal is a reply, never an exception.</summary>
    public async Task<Reply> Dispatch(Request request, CancellationToken cancel)
    {
        var (operation, began) = (Operation.Of(request.Operation), Telemetry.Now);
        using var span = Telemetry.Begin(operation);
        await _decisions.Room(cancel);
        Reply reply;
        try
        {
            // Other accounts are reachable by no door.
            reply = request.Caller is not OperatorCaller && request.Caller.Account != request.Account ? new(Foreign(request), 0)
                : request.Operation is ICommand ? await Forward(request)
                : await Ask(request, cancel);
        }
        catch (Exception e) when (e.IsUnreachable || e is BrokenStreamException or SecretUnreadableException) { reply = Unavailable(e); }
        if (reply.Refusal is { Code: "AccessDenied" or "InvalidClientTokenId" } denied)
            _refused.Record(new(request.Account, request.Caller.PrincipalId, request.Caller.Key, operation.Action, denied.Code, denied.Message, request.Origin.SourceIp, request.Id));
        else if (reply.Refusal is null && request.Operation is ICommand) _accesses.Note(request, reply.Answer, null);
        Telemetry.End(operation, span, began, reply.Refusal);
        return reply;
    }

    /// <summary>Has a command carried out by the account's owner, or here where that is this node or can't be asked.</summary>
    async Task<Reply> Forward(Request request)
    {
        if (_nodes.OwnerOf(request.Account) is not { } owner) return await Execute(request);
        var (told, doubtful) = await _forwarding.Send(owner, request);
        if (told is not null)
        {
            _accounts.Promise(request.Account, told.Revision);
            return told;
        }
        var reply = await Execute(request);
        // Its id makes it happen once, whoever does it. But a refusal would not last: the owner may yet carry out what it got.
        return doubtful && reply.Refusal is { Status: < 500 } ? new(IamError.ServiceUnavailable(LiveAccount.Unknown), reply.Revision) : reply;
    }

    /// <summary>Carries out a command that another node was sent and has authenticated.</summary>
    /// <returns>Null: this node can't follow the account's stream; the other, which may be of a newer version, has to do it.</returns>
    internal async Task<Reply?> CarryOut(Request request)
    {
        try { return _accounts.Broken(request.Account) is null ? await Execute(request) : null; }
        catch (Exception e) when (e.IsUnreachable || e is BrokenStreamException or SecretUnreadableException) { return Unavailable(e); }
    }

    static Reply Unavailable(Exception failure) => new(failure switch
    {
        BrokenStreamException => IamError.ServiceUnavailable(failure.Message),
        SecretUnreadableException => IamError.ServiceFailure,
        MasterKeyUnavailableException => IamError.ServiceUnavailable("The master key can't be had."),
        _ => IamError.ServiceUnavailable("The database can't be reached."),
    }, 0);

    async Task<Reply> Execute(Request request)
    {
        var command = (ICommand)request.Operation;
        for (; ; )
        {
            var account = request.Caller is OperatorCaller && command is CreateAccount ? await _accounts.Open(request.Account) : await _accounts.Find(request.Account, default);
            if (account is null) return NoAccount(request);
            if (await account.Execute(request, command) is { } reply) return reply with { Answer = QRCode.Drawn(reply.Answer) };
        }
    }

    async Task<Reply> Ask(Request request, CancellationToken cancel)
    {
        if (request is { Operation: IQuery or IHistoryQuery, Caller: OperatorCaller } && request.Account == AccountId.Operator) return await AskOfOperator(request, cancel);
        if (await _accounts.Find(request.Account, cancel) is not { } account) return NoAccount(request);
        if (account.Broken is { } broken) return new(IamError.ServiceUnavailable(broken.Message), account.Directory.Revision);
        if (request.Consistency.Newest) await account.Newest(cancel);
        if (request.Consistency.AtLeast is { } least && !await account.AtLeast(least, Wait, cancel))
            return new(IamError.ServiceUnavailable($"This node has revision {account.Directory.Revision}, not yet {least}."), account.Directory.Revision);

        await Bound(request, account, cancel);

        // May the caller ask? By the rights of now, whatever moment is asked about: first of all, and again when finding the moment brought news.
        var call = new Call(request.Caller, request.Id, _time.GetUtcNow(), _ids) { Origin = request.Origin };
        var asked = account.Directory;
        if (Refusal(request, asked, call) is { } refusal) return new(refusal, asked.Revision, Confirmed: account.Confirmed);
        if (request is { Operation: IHistoryQuery { OnlyNow: { } why }, Consistency: not { At: null, AsOf: null } }) return new(IamError.InvalidInput(why), asked.Revision);
        if (request.Operation is GetSessionToken opening) return await Open(opening, request, account, call);
        var (moment, unfit) = await MomentOf(request, account, cancel);
        if (unfit is not null) return new(unfit, asked.Revision, Confirmed: account.Confirmed);
        var (newest, confirmed) = (account.Directory, account.Confirmed);
        if (!ReferenceEquals(newest, asked) && Refusal(request, newest, call) is { } late) return new(late, newest.Revision, Confirmed: confirmed);

        var directory = newest;
        if (moment is var (revision, at))
        {
            if (revision != newest.Revision)
            {
                directory = request.Operation.Reads is Extent.Whole ? await _whole.Find(request.Account, revision, from => _store.ReadAt(from, revision, cancel), cancel)
                    : await PartialDirectory.Load(_store.Database, newest, request.Operation, request.Caller, revision, cancel);
                // Then the names may have been another's: the rights of now have to reach these too.
                call = call with { IsOfThePast = true };
                if (Refusal(request, newest, call, directory) is { } then) return new(then, directory.Revision);
            }
            call = call with { At = at ?? directory.At };
        }
        var (answer, refused) = await request.Operation.AnswerOn(directory, call, HistoryOf(newest, directory, moment is null ? null : call.At, cancel));
        if (moment is null && request.Operation.Reads is Extent.Whole) _whole.Keep(directory);
        if (moment is null && refused is null)
        {
            _accesses.Note(request, answer, directory);
            if (_decisions.Keeps) _decisions.Keep(request, directory, call, answer);
        }
        return new(refused, directory.Revision, answer, moment is null ? confirmed : null);
    }

    /// <summary>Why the caller may not ask, or null; what of permissions is asked for it is kept, where decisions are.</summary>
    IamError? Refusal(Request request, Directory directory, Call call, Directory? at = null)
    {
        if (!_decisions.Keeps) return directory.Refusal(request.Operation, call, at);
        List<PermissionCheck> checks = [];
        var refusal = directory.Refusal(request.Operation, call, at, checks);
        _decisions.Keep(request, directory, call, checks);
        return refusal;
    }

    /// <summary>
    /// What this node has is never older than the bound for such questions, nor than what it told of; else the database is asked. Decisions of now
    /// have no bound unless one is set: they do not end with the database, and their answers say how old the knowledge is.
    /// </summary>
    async Task Bound(Request request, LiveAccount account, CancellationToken cancel)
    {
        var decides = request is { Operation: Authorize or AuthorizeBatch or GetCallerIdentity, Consistency: { At: null, AsOf: null } };
        var old = (decides ? _options.MaxDecisionAge : _options.MaxAge) is { } most && _time.GetUtcNow() - account.Confirmed > most;
        if (old || account.IsBehind && !decides) await account.Newest(cancel);
        else if (account.IsBehind) await account.Nearer(cancel);
    }

    /// <summary>What the operator may ask of itself, which is no account.</summary>
    async Task<Reply> AskOfOperator(Request request, CancellationToken cancel)
    {
        var (directory, call) = (new Directory(AccountId.Operator), new Call(request.Caller, request.Id, _time.GetUtcNow(), _ids) { Origin = request.Origin });
        if (directory.Refusal(request.Operation, call) is { } denied) return new(denied, 0);
        if (request is { Operation: IHistoryQuery { OnlyNow: { } why }, Consistency: not { At: null, AsOf: null } }) return new(IamError.InvalidInput(why), 0);
        var (answer, refusal) = await request.Operation.AnswerOn(directory, call, HistoryOf(directory, directory, null, cancel));
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
            // Times do not go back: once there is a later event, none can come to stand before it.
            if (time >= account.Directory.At)
            {
                if (time > _time.GetUtcNow()) return (null, IamError.InvalidInput($"as-of: {Json.Write(time)} is not over yet."));
                // What was given that time may still be on its way into the database, on whatever node.
                if (_time.GetUtcNow() - time is var past && past < Settled) await Task.Delay(Settled - past, _time, cancel);
                await account.Newest(cancel);
            }
            if (await PartialDirectory.RevisionAt(_store.Database, account.Directory, time, cancel) is not (> 0 and var then)) return (null, IamError.InvalidInput($"as-of: the account did not exist at {Json.Write(time)}."));
            moment = (then, time);
        }
        if (request.Operation is not IPaged { Marker: { } marker }) return (moment, null);

        if (marker.Read() is not { } place || place.After.Contains('\0')) return (null, Paging.InvalidMarker);
        if (moment is { } asked && asked.Revision != place.Revision) return (null, IamError.InvalidInput($"Marker: it goes on with revision {place.Revision}, not with {asked.Revision}."));
        // Pages of a list as it is now stay with the first page's revision, and are judged by the time of now as it was.
        return moment is not null || await Known(place.Revision) ? (moment ?? (place.Revision, _time.GetUtcNow()), null) : (null, Future("Marker", place.Revision));

        async Task<bool> Known(long asked) => asked <= account.Directory.Revision || await account.AtLeast(asked, TimeSpan.Zero, cancel);
        IamError Future(string field, long asked) => IamError.InvalidInput($"{field}: the account has no revision {asked}; its newest is {account.Directory.Revision}.");
    }

    /// <summary>The history of an account until now.</summary>
    internal History HistoryOf(Directory newest, CancellationToken cancel) => HistoryOf(newest, newest, null, cancel);

    History HistoryOf(Directory newest, Directory directory, DateTimeOffset? until, CancellationToken cancel) => new(_store, _whole, _secrets, _uses, _accesses, _refused, _decisions, newest, directory, until, cancel);

    static async Task<Reply> Open(GetSessionToken opening, Request request, LiveAccount account, Call call)
    {
        var directory = account.Directory;
        if (request.Consistency is not { At: null, AsOf: null }) return new(IamError.InvalidInput("A session begins now: none can be had of a past moment."), directory.Revision);
        var (session, refusal) = opening.Open(directory, call);
        if (refusal is not null) return new(refusal, directory.Revision, Confirmed: account.Confirmed);
        if (opening is { SerialNumber: { } serial, TokenCode: { } code } && !await account.Uses(directory.FindMFADevice(serial) is { } device ? [device] : [], code)) return new(IamError.MultiFactorAuthenticationFailed("with invalid MFA one time pass code"), directory.Revision, Confirmed: account.Confirmed);
        return new(null, directory.Revision, opening.Answer(account.CredentialsFor((call.Caller as UserCaller)?.UserId, session!)), account.Confirmed);
    }

    static Reply NoAccount(Request request) => new(request.Caller is OperatorCaller ? IamError.NoSuchEntity("account", request.Account) : IamError.InvalidClientTokenId, 0);

    static IamError Foreign(Request request) => IamError.AccessDenied(Arn.Of(request.Caller.Account, request.Caller is UserCaller user ? $"user/{user.UserId}" : "root"),
        Operation.Of(request.Operation).Action, Arn.Of(request.Account, "*").Value);
}
