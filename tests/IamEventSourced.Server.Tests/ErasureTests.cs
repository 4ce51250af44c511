using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>What is personal beside the stream goes, of one or of all, or by age; what is recorded and proven stays, to the last byte.</summary>
public sealed class ErasureTests(PostgresFixture postgres) : IAsyncLifetime
{
    const string Password = "Correct-Horse-7", Wrong = "Wrong-Way-Round-3", Email = "Root.Person@example.com";
    const string Some = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:CreateGroup","iam:GetUser"],"Resource":"*"}}""";
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Somebody, with an address and a client of its own.</summary>
    sealed record Person(string? Name, string Id, Key Key, string Address, string Agent)
    {
        public string[] Traces => [Address, Agent];
        public (string, string)[] Headers => [("X-Forwarded-For", Address), ("User-Agent", Agent)];
    }

    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("iam-erasure-").FullName;
    readonly List<Browser> _browsers = [];
    ServerFixture _server = null!;
    NpgsqlDataSource _owner = null!;

    string Key => Path.Combine(_folder, "ledger");
    string Heads => Path.Combine(_folder, "heads", $"{_server.Account}.heads");

    public async ValueTask InitializeAsync()
    {
        LedgerKeyFile.CreateIfNone(Key);
        _server = await ServerFixture.Start(postgres, node =>
            (node.Configuration["Iam:LedgerKeyFile"], node.Configuration["Iam:HeadsFolder"], node.Configuration["Iam:TrustedProxies"], node.Configuration["Iam:LogOneDecisionIn"]) = (Key, Path.Combine(_folder, "heads"), "127.0.0.0/8", "1"));
        _owner = NpgsqlDataSource.Create(_server.Database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var browser in _browsers) browser.Dispose();
        await _owner.DisposeAsync();
        await _server.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_personal_goes_and_what_is_proven_stays()
    {
        Person alice = await Made("alice", "203.0.113.77"), bob = await Made("bob", "203.0.113.88"), gone = await Made("gone", "203.0.113.66");
        Person root = new(null, _server.Account.Value, _server.Root, "203.0.113.99", "laptop-of-root/1");
        foreach (var command in (ICommand[])[new PutPrimaryEmail(Email), new CreateLoginProfile(null, Password)]) (await _server.Post(command)).Code.ShouldBeNull();
        foreach (var person in (Person[])[alice, bob, gone, root]) await Act(person);
        foreach (var command in (ICommand[])[new DeleteLoginProfile("gone"), new DeleteAccessKey(gone.Key.Id, "gone"), new DeleteUserPolicy("gone", "some"), new DeleteUser("gone")]) (await _server.Post(command)).Code.ShouldBeNull();
        await _server.CreateUser("carol");
        foreach (var name in (string[])["alice", "carol"]) await _server.EnableMFADevice($"of-{name}", name);
        await _server.Query($"update iam.mfa_codes c set since = since - interval '2 hours', step = step - 240 from iam.mfa_assignments a where a.mfa_device_id = c.mfa_device_id and a.user_id = '{alice.Id}'"); // carol's was just used
        await Written(11);
        await _server.Node(0).GetRequiredService<AlertNotices>().Note((await _server.Node(0).GetRequiredService<LiveAccounts>().Find(_server.Account, default))!.Directory, DateTimeOffset.UtcNow, default);
        var proven = await Proven();
        await ShouldBeThere([alice, bob, gone, root], []);

        // A user, by its ARN; one that was deleted, by its id.
        (await Erased(await Erasure.PrincipalOf(_owner, _server.Account, $"arn:aws:iam::{_server.Account}:user/team/alice"))).ShouldBe("origins 1, refused_attempts 3, decisions 3, credential_uses 2, accesses 2, alerts 1, mfa_codes 1, console_sessions 1, secrets 0, account_emails 0");
        await ShouldBeThere([bob, gone, root], [alice]);
        (await _browsers[0].Ask(new GetUser())).Code.ShouldBe("InvalidClientTokenId"); // signed out
        (await _browsers[1].Ask(new GetUser())).Status.ShouldBe(200);
        (await _server.Post(new GetUser(), alice.Key)).Status.ShouldBe(200);
        (await Verb(gone.Id)).ShouldBe(0);
        await ShouldBeThere([bob, root], [alice, gone]);

        // Root, and with it the e-mail address: then nobody signs in by it.
        (await Verb($"arn:aws:iam::{_server.Account}:root")).ShouldBe(0);
        await ShouldBeThere([bob], [alice, gone, root]);
        (await _server.Post(new GetPrimaryEmail())).Code.ShouldBe("NoSuchEntity");
        (await _browsers[^1].Post("/sign-in", new { Email, Password })).Code.ShouldBe("AuthenticationFailed");
        (await _browsers[^1].SignIn(_server.Account.Value, null, Password)).Status.ShouldBe(200);
        foreach (var vague in (string[][])[[], ["", "--all"], ["--all", "arn:aws:iam::123456789012:user/bob"], ["--Days=1", bob.Id], [bob.Id, gone.Id]]) (await Verb(vague)).ShouldBe(1, string.Join(' ', vague)); // not everybody by a slip
        await ShouldBeThere([bob], [alice, gone, root]);
        (await Verb("--all")).ShouldBe(0);
        (await _server.Query("select count(*) from iam.mfa_codes")).Single()[0].ShouldBe(1L); // it can't be used a second time
        await ShouldBeThere([], [alice, bob, gone, root]);

        (await Proven()).ShouldBe(proven);
        foreach (var nobody in (string[])["AIDAGHOST", $"arn:aws:iam::{_server.Account}:user/gone", $"arn:aws:iam::{_server.Account}:user/alice", "arn:aws:iam::210987654321:root"]) (await Verb(nobody)).ShouldBe(1, nobody);
        (await Verbs.Run(["erase", "210987654321", "--all", $"--ConnectionStrings:iamowner={_server.Database}"])).ShouldBe(1);

        // The address is nobody's and can be given again. By age everybody's traces go.
        (await _server.Post(new PutPrimaryEmail(Email))).Code.ShouldBeNull();
        await Act(bob);
        await Written(3);
        await ShouldBeThere([bob], []);
        await Retention.Apply(_owner, DateTimeOffset.UtcNow.AddDays(2), 400, 1);
        await ShouldBeThere([], [bob]);
        (await Comparison.FirstDifference(_owner, _server.Account)).ShouldBeNull();
    }

    async Task<Person> Made(UserName name, string address)
    {
        (await _server.Client().Send(new CreateUser(name, "/team/"))).Refusal.ShouldBeNull();
        foreach (var command in (ICommand[])[new PutUserPolicy(name, "some", Some), new CreateLoginProfile(name, Password)]) (await _server.Post(command)).Code.ShouldBeNull();
        var key = (await _server.Client().Send(new CreateAccessKey(name))).Answer!.AccessKey;
        return new(name.Value, (await _server.Client().Ask(new GetUser(name))).Answer!.User.UserId, new(key.AccessKeyId, key.SecretAccessKey!), address, $"laptop-of-{name}/1");
    }

    /// <summary>Everything that leaves a trace: a change, a question, what is denied, a wrong signature, a wrong password and the right one.</summary>
    async Task Act(Person person)
    {
        Task<WireReply> Send(IOperation operation, Key? key = null) => (Raw.Of(_server.Account, operation) with { Headers = operation is ICommand ? [.. person.Headers, ("Idempotency-Key", Guid.NewGuid().ToString())] : person.Headers }).To(_server.Url, key ?? person.Key);
        (await Send(new CreateGroup($"of-{person.Name ?? "root"}-{_browsers.Count}"))).Code.ShouldBeNull();
        (await Send(new GetUser(person.Name is null ? null : new UserName(person.Name)))).Code.ShouldBeNull();
        if (person.Name is not null) (await Send(new ListUsers())).Code.ShouldBe("AccessDenied");
        (await Send(new GetUser(), new(person.Key.Id, _server.Operator.Secret))).Code.ShouldBe("SignatureDoesNotMatch");
        var browser = new Browser(_server);
        _browsers.Add(browser);
        foreach (var (password, status) in ((string, int)[])[(Wrong, 403), (Password, 200)])
            (await browser.Post("/sign-in", person.Name is null ? new { Email, Password = password } : new { Account = _server.Account, UserName = person.Name, Password = password }, null, person.Headers)).Status.ShouldBe(status);
    }

    /// <summary>Waits until all that is written behind the answers is written.</summary>
    async Task Written(long refused)
    {
        await Until.True(async () => (await _server.Query("select count(*) from iam.refused_attempts where principal is not null or access_key_id is not null")).Single()[0] is long count && count == refused, Patience, "what was refused is not written");
        await _server.Node(0).GetRequiredService<CredentialUses>().Write();
        await _server.Node(0).GetRequiredService<AccessUses>().Write();
        await _server.Node(0).GetRequiredService<DecisionLog>().Write();
    }

    /// <summary>Whose traces are in any table there is, and whose are in none.</summary>
    async Task ShouldBeThere(Person[] there, Person[] nowhere)
    {
        List<string> rows = [];
        foreach (var table in await Texts("select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"))
            rows.AddRange(await Texts($"select t::text from {table} t"));
        foreach (var trace in there.SelectMany(person => person.Traces)) rows.ShouldContain(row => row.Contains(trace, StringComparison.Ordinal), trace);
        foreach (var trace in nowhere.SelectMany(person => person.Traces)) rows.ShouldNotContain(row => row.Contains(trace, StringComparison.Ordinal), trace);
    }

    async Task<List<string>> Texts(string sql)
    {
        await using var command = _owner.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        List<string> texts = [];
        while (await rows.ReadAsync()) texts.Add(rows.GetString(0));
        return texts;
    }

    async Task<string> Erased(string principal) => string.Join(", ", (await Erasure.Run(_owner, _server.Account, principal)).Select(table => $"{table.Table} {table.Rows}"));

    Task<int> Verb(params string[] user) => Verbs.Run(["erase", _server.Account.Value, .. user, $"--ConnectionStrings:iamowner={_server.Database}"]);

    /// <summary>What nothing may change: the export, which is verified, the head, a proof, the history, every row of a fact, the fold from the first event and the one that was kept.</summary>
    async Task<string[]> Proven()
    {
        var revision = (await _server.Post(new GetCallerIdentity(), at: "newest")).Revision;
        await Until.True(async () => (await _server.Client().Ask(new GetTreeHead())).Answer?.Size >= revision, Patience, "no head is signed");
        var (iam, export) = (IamTool.For(_server), Path.Combine(_folder, $"{Guid.NewGuid()}.jsonl"));
        (await iam.Run("export", "-f", export)).Status.ShouldBe(0);
        var (status, verified, error) = await iam.Run("verify", export, "--heads", Heads, "--key", Key + ".pub", "-o", "table");
        status.ShouldBe(0, error);
        (await Comparison.FirstDifference(_owner, _server.Account)).ShouldBeNull();

        List<string> facts = [];
        foreach (var table in IntervalTable.All.Select(table => table.Qualified).Append("iam.timeline")) facts.AddRange(await Texts($"select '{table} ' || t::text from {table} t order by 1"));
        var checkpoints = _server.Node(0).GetRequiredService<Checkpoints>();
        await checkpoints.Write((await _server.Node(0).GetRequiredService<LiveAccounts>().Find(_server.Account, default))!.Directory, default);
        return
        [
            await File.ReadAllTextAsync(export), verified, (await _server.Post(new GetTreeHead())).Body, (await _server.Post(new GetInclusionProof((int)revision))).Body, (await _server.Post(new GetEntityHistory(_server.Account.Value, MaxItems: 1000))).Body,
            string.Join('\n', facts), Deep.Text((await _server.Stream()).Directories(_server.Account)[^1]), Deep.Text((await checkpoints.Open(_server.Account, default)).ShouldNotBeNull()),
        ];
    }
}
