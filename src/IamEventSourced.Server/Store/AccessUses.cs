using System.Collections.Concurrent;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>When users last did what: a row for each user and action, of operations of this service that were allowed and of questions of access that were answered so. Who asks chooses the actions' names, so each user has only so many.</summary>
sealed class AccessUses(NpgsqlDataSource database, TimeProvider time, ILogger<AccessUses> log) : Uses<AccessUses.Access, bool>(time, log)
{
    /// <summary>Actions of one user that are kept, and that wait to be written on one node: further ones are not.</summary>
    internal const int MostOfUser = 1_000;
    /// <summary>Actions of one account that wait to be written on one node: it leaves room for others.</summary>
    internal const int MostOfAccount = 20_000;
    const string Allowed = "allowed";

    readonly ConcurrentDictionary<string, int> _waiting = new(StringComparer.Ordinal);

    /// <summary>What a user did; actions are compared without case.</summary>
    internal readonly record struct Access(string Account, string User, string Action)
    {
        public bool Equals(Access other) => User == other.User && string.Equals(Action, other.Action, StringComparison.OrdinalIgnoreCase) && Account == other.Account;
        public override int GetHashCode() => HashCode.Combine(User.GetHashCode(StringComparison.Ordinal), Action.GetHashCode(StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A request was carried out or answered now.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answer">The answer, if it has one.</param>
    /// <param name="directory">The directory that it was answered from; null: it is a command.</param>
    public void Note(Request request, object? answer, Directory? directory)
    {
        var caller = request.Caller as UserCaller;
        // About oneself anybody may ask.
        if (caller is not null && request.Operation is not (Authorize { PrincipalArn: null } or AuthorizeBatch)) NoteOne(caller.UserId, Operation.Of(request.Operation).Action);
        if (request.Operation is Authorize one && answer is AuthorizationResult { Decision: Allowed } && Of(one.PrincipalArn) is { } user) NoteOne(user, one.ActionName.Value);
        else if (request.Operation is AuthorizeBatch many && answer is AuthorizeBatchAnswer { Results: var results }) NoteAll(many.Requests, results);

        void NoteAll(AuthorizationRequest[] asked, IReadOnlyList<AuthorizationResult> results)
        {
            var now = Now;
            (Arn? Arn, UserId? User) last = (null, caller?.UserId);
            for (var i = 0; i < asked.Length; i++)
            {
                if (results[i].Decision is not Allowed || asked[i].At is not null) continue; // of a supposed time nothing was accessed
                if (last.Arn != asked[i].PrincipalArn) last = (asked[i].PrincipalArn, Of(asked[i].PrincipalArn));
                if (last.User is { } its) Note(new(request.Account.Value, its.Value, asked[i].ActionName.Value), true, now);
            }
        }

        UserId? Of(Arn? principal) => principal is null ? caller?.UserId : directory?.FindUser(principal)?.Id;
        void NoteOne(UserId who, string action) => Note(new(request.Account.Value, who.Value, action), true, Now);
    }

    protected override bool HasRoomFor(Access access) => OneMore(access.User) <= MostOfUser && OneMore(access.Account) <= MostOfAccount;

    int OneMore(string of) => _waiting.AddOrUpdate(of, 1, static (_, count) => count + 1);

    protected override void Written() => _waiting.Clear();

    /// <summary>When these users last accessed each service and each of its actions.</summary>
    public async Task<IReadOnlyList<LastAccess>> Of(AccountId account, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        List<LastAccess> found = [];
        await using var command = database.CreateCommand("""
            select service, (array_agg(action order by used_at desc))[1], grouping(lower(action)), max(used_at), (array_agg(user_id order by used_at desc, user_id))[1], count(distinct user_id)
            from iam.accesses where account = $1 and user_id = any($2) group by grouping sets ((service), (service, lower(action)))
            """);
        foreach (var value in (object[])[account.Value, users.Select(user => user.Value).ToArray()]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            found.Add(new(rows.GetString(0), rows.GetInt32(2) is 0 ? rows.GetString(1) : null, new(rows.GetDateTime(3), TimeSpan.Zero), rows.GetString(4), (int)rows.GetInt64(5)));
        return found;
    }

    /// <summary>When each of these users last accessed a service, as far as it did.</summary>
    public async Task<IReadOnlyDictionary<UserId, DateTimeOffset>> To(AccountId account, ServiceNamespace service, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        Dictionary<UserId, DateTimeOffset> found = [];
        await using var command = database.CreateCommand("select user_id, max(used_at) from iam.accesses where account = $1 and user_id = any($2) and service = lower($3) group by user_id");
        foreach (var value in (object[])[account.Value, users.Select(user => user.Value).ToArray(), service.Value]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found[rows.GetString(0)] = new(rows.GetDateTime(1), TimeSpan.Zero);
        return found;
    }

    /// <summary>When each of these users last accessed each service.</summary>
    public async Task<IReadOnlyList<(UserId User, string Service, DateTimeOffset At)>> ByUser(AccountId account, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        List<(UserId, string, DateTimeOffset)> found = [];
        await using var command = database.CreateCommand("select user_id, service, max(used_at) from iam.accesses where account = $1 and user_id = any($2) group by user_id, service");
        foreach (var value in (object[])[account.Value, users.Select(user => user.Value).ToArray()]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add((rows.GetString(0), rows.GetString(1), new(rows.GetDateTime(2), TimeSpan.Zero)));
        return found;
    }

    /// <summary>Since when it is known what each of these users used.</summary>
    public async Task<IReadOnlyDictionary<UserId, KnownUses>> Known(AccountId account, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        Dictionary<UserId, KnownUses> found = [];
        await using var command = database.CreateCommand($"""
            select u.id, max(since) filter (where uses = 'credential_uses'), max(since) filter (where uses = 'accesses'), (select count(*) from iam.accesses a where a.account = $1 and a.user_id = u.id) < {MostOfUser}
            from unnest($2::text[]) u(id) join iam.uses_known k on k.account in ('', $1) and k.principal in ('', u.id) group by u.id
            """);
        foreach (var value in (object[])[account.Value, users.Select(user => user.Value).ToArray()]) command.Parameters.Add(new() { Value = value });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found[rows.GetString(0)] = new(new(rows.GetDateTime(1), TimeSpan.Zero), new(rows.GetDateTime(2), TimeSpan.Zero), rows.GetBoolean(3));
        return found;
    }

    protected override NpgsqlCommand Writing(KeyValuePair<Access, (DateTimeOffset At, bool Use)>[] uses)
    {
        var command = database.CreateCommand($"""
            with given as (select account, user_id, lower(split_part(whole, ':', 1)) service, substr(whole, strpos(whole, ':') + 1) action, used_at from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) u(account, user_id, whole, used_at)),
            latest as (select distinct on (account, user_id, service, lower(action)) * from given order by account, user_id, service, lower(action), used_at desc),
            held as (select account, user_id, (select count(*) from iam.accesses a where a.account = g.account and a.user_id = g.user_id) number from (select distinct account, user_id from latest) g),
            numbered as (select l.*, a.account is not null known, h.number + count(*) filter (where a.account is null) over (partition by l.account, l.user_id order by l.service, lower(l.action)) number
              from latest l join held h using (account, user_id) left join iam.accesses a on a.account = l.account and a.user_id = l.user_id and a.service = l.service and lower(a.action) = lower(l.action))
            insert into iam.accesses (account, user_id, service, action, used_at)
            select account, user_id, service, action, used_at from numbered where known or number <= {MostOfUser} order by account, user_id, service, lower(action)
            on conflict (account, user_id, service, lower(action)) do update set action = excluded.action, used_at = excluded.used_at where accesses.used_at < excluded.used_at
            """);
        foreach (var values in (Array[])[uses.Select(one => one.Key.Account).ToArray(), uses.Select(one => one.Key.User).ToArray(), uses.Select(one => one.Key.Action).ToArray(), uses.Select(one => one.Value.At).ToArray()])
            command.Parameters.Add(new() { Value = values });
        return command;
    }
}
