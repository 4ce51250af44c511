using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IamEventSourced.Server.Tests;

[Collection(Alone.Name)]
public class FaultsTests(PostgresFixture postgres, ITestOutputHelper output)
{
    const int Clients = 8;

    [Fact]
    public async Task Commands_whose_connections_are_cut_at_COMMIT_are_there_once_and_answer_a_repeat_the_same()
    {
        var each = 40 * Alone.Times;
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
        await using var proxy = new FaultProxy(server.Database);
        var cut = server.Client(url: await server.StartNode(database: proxy.Database));
        (await cut.Ask(new GetUser())).Refusal.ShouldBeNull();
        Cut[] cuts = [Cut.None, Cut.Before, Cut.None, Cut.After, Cut.None, Cut.Late];
        proxy.AtCommit = commit => cuts[commit % cuts.Length];
        var history = new History();
        var sent = new ConcurrentDictionary<string, ICommand>();
        var inDoubt = 0;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(Load));
        proxy.AtCommit = _ => Cut.None;
        var recorded = await Recorded.Read(server);
        var answered = history.Commands.ToDictionary(one => one.Id!.Value);
        output.WriteLine($"{answered.Count} commands, {proxy.Cuts} cuts, {inDoubt} answers in doubt, {recorded.Events.Count} revisions");

        answered.Count.ShouldBe(Clients * each);
        proxy.Cuts.ShouldBeGreaterThan(20);
        recorded.ShouldBeWhole();
        await recorded.ShouldHaveItsRows(server);
        recorded.ShouldExplain(answered.Values, new RootCaller(server.Account, server.Root.Id));
        recorded.ShouldKeepRealTime([.. answered.Values]);
        answered.Values.Where(one => one.Operation is CreateUser).ShouldAllBe(one => one.Refusal == null); // nobody else makes it: a refusal would be of its own work

        var again = new History();
        foreach (var client in (IamClient[])[cut, server.Client()])
            foreach (var (id, command) in sent.Take(100)) (await again.Send(client, 0, command, id)).ShouldNotBeNull();
        foreach (var one in again.All)
            if (answered[one.Id!.Value] is { Refusal: null } first) (one.Refusal, one.Revision, one.Answer).ShouldBe((null, first.Revision, first.Answer));
        (await Recorded.Read(server)).Events.Count.ShouldBe(recorded.Events.Count);

        async Task Load(int number)
        {
            for (var turn = 0; turn < each; turn++)
            {
                CommandId id = $"cut-{number}-{turn}";
                UserName name = $"u{number}-{turn / 4}";
                ICommand command = (turn % 4) switch { 0 => new CreateUser(name), 1 or 2 => new AddUserToGroup("readers", name), _ => new RemoveUserFromGroup("readers", name) };
                sent[id.Value] = command;
                Interlocked.Add(ref inDoubt, (await history.Insist(cut, 1, command, id, TimeSpan.FromSeconds(60))).Before.Count);
            }
        }
    }

    [Fact]
    public async Task Without_its_database_a_node_refuses_commands_within_a_second_and_goes_on_deciding_and_is_in_step_again_within_five()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        var clock = new SetClock();
        var url = await server.StartNode(clock.Of, proxy.Database);
        var alice = await server.CreateUser("alice");
        (await server.Client().Send(new PutUserPolicy("alice", "Read", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"""))).Refusal.ShouldBeNull();
        var (root, deciding) = (Clocked(server.Root), Clocked(alice));
        await root.Ask(new GetUser("alice"), ReadAt.Newest);
        (await root.Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();

        // Some wait for a COMMIT at the moment when the database goes: they are in doubt; all who come later are not.
        var cutting = true;
        proxy.AtCommit = _ => { if (cutting) proxy.Refuse(); return cutting ? Cut.Before : Cut.None; };
        var doubtful = root.Send(new CreateUser("doubtful"), "doubtful");
        await Until.True(() => Task.FromResult(proxy.Cuts > 0), TimeSpan.FromSeconds(30), "nothing was committed");
        cutting = false;
        List<TimeSpan> taken = [];
        var gone = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            var since = Stopwatch.GetTimestamp();
            var refused = await root.Send(new CreateUser($"user{i}"), $"gone-{i}");
            taken.Add(Stopwatch.GetElapsedTime(since));
            refused.Refusal!.Status.ShouldBe(503);
            (await deciding.Ask(new Authorize("s3:GetObject", "arn:aws:s3:::reports/q3.csv"))).Answer!.Decision.ShouldBe("allowed");
        }
        taken.Order().ElementAt(taken.Count / 2).ShouldBeLessThan(TimeSpan.FromSeconds(1)); // of one of them the machine may think otherwise
        (await doubtful).Refusal!.Status.ShouldBe(503);
        clock.Offset = TimeSpan.FromHours(-1); // an age is a duration: the clock has no say in it
        var first = await Age();
        await Until.True(async () => await Age() >= first + 2000, TimeSpan.FromSeconds(30), "its knowledge grows no older");
        clock.Offset = TimeSpan.Zero;
        (await Age()).ShouldBeInRange((long)Stopwatch.GetElapsedTime(gone).TotalMilliseconds - 10_000, (long)Stopwatch.GetElapsedTime(gone).TotalMilliseconds + 10_000);

        var made = (await server.Client().Send(new CreateUser("meanwhile"))).Revision;
        proxy.Admit();
        var back = await Until.True(async () => (await root.Send(new CreateUser("doubtful"), "doubtful")).Refusal is null && (await root.Ask(new GetUser("meanwhile"), ReadAt.AtLeast(made))).Refusal is null,
            TimeSpan.FromSeconds(5), "it is not in step");
        await Until.True(async () => await Age() < 2000, TimeSpan.FromSeconds(30), "its knowledge grows no younger");
        server.Node(1).GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse(); // no loop in the background gave up, which would end the node
        var recorded = await Recorded.Read(server);
        recorded.ShouldBeWhole();
        recorded.Newest.Users.After(null).Select(user => user.Name.Value).ShouldBe(["alice", "doubtful", "meanwhile"]);
        output.WriteLine($"refused within {taken.Max().TotalSeconds:0.00} s, in step after {back.TotalSeconds:0.00} s");

        IamClient Clocked(Key key) => new(Http(key), server.Account);
        HttpClient Http(Key key) => new(new SigningHandler(key.Id, key.Secret, clock: clock) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = new(url) };

        async Task<long> Age()
        {
            using var http = Http(alice);
            using var answer = await http.PostAsync(new Uri($"{url}/accounts/{server.Account}/GetCallerIdentity"), new StringContent("{}", Encoding.UTF8, "application/json"));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return long.Parse(answer.Headers.GetValues("Iam-Age").Single(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Without_its_database_a_node_checks_signatures_and_decides_however_old_its_knowledge_is_unless_that_is_bounded()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        var alice = await server.CreateUser("alice");
        (await server.Client().Send(new PutUserPolicy("alice", "Read", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}]}"""))).Refusal.ShouldBeNull();
        var said = new Said();
        var going = await server.StartNode(node =>
        {
            node.Configuration["Iam:MaxAge"] = "00:00:01";
            node.Logging.AddProvider(said);
            ServerFixture.Announced(node);
        }, proxy.Database);
        var bounded = await server.StartNode(node => node.Configuration["Iam:MaxDecisionAge"] = "00:00:01", proxy.Database);
        Authorize report = new("s3:GetObject", "arn:aws:s3:::reports/q3.csv"), secret = new("s3:GetObject", "arn:aws:s3:::secret/q3.csv");
        foreach (var url in (string[])[going, bounded]) (await server.Client(alice, url: url).Ask(report)).Answer!.Decision.ShouldBe("allowed");

        proxy.Refuse();
        var gone = Stopwatch.GetTimestamp();
        await Until.True(() => Task.FromResult(said.Lines.Any(line => line.Contains("The database does not answer", StringComparison.Ordinal))), TimeSpan.FromSeconds(30), "nobody says that the database is gone");
        await Until.True(async () => (await server.Client(alice, url: bounded).Ask(report)).Refusal is { Status: 503 }, TimeSpan.FromSeconds(30), "it goes on in spite of its bound");
        await Until.True(async () => (await server.Client(url: going).Ask(new GetUser("alice"))).Refusal is { Status: 503 }, TimeSpan.FromSeconds(30), "a query goes on in spite of its bound");
        for (var i = 0; i < 100; i++)
        {
            (await server.Client(alice, url: going).Ask(report)).Answer!.Decision.ShouldBe("allowed");
            (await server.Client(alice, url: going).Ask(secret)).Answer!.Decision.ShouldBe("implicitDeny");
        }
        (await server.Client(alice, url: going).Ask(new AuthorizeBatch([new("s3:GetObject", report.ResourceArn), new("s3:GetObject", secret.ResourceArn)]))).Answer!.Results.Select(result => result.Decision).ShouldBe(["allowed", "implicitDeny"]);
        (await server.Client(alice with { Secret = new("wrong") }, url: going).Ask(report)).Refusal!.Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Client(alice with { Id = AccessKeyId.Of(server.Account, 7) }, url: going).Ask(report)).Refusal!.Code.ShouldBe("ServiceUnavailable"); // it may have been made elsewhere
        (await server.Client(url: going).Ask(new GetUser("alice"), ReadAt.Revision(2))).Refusal!.Code.ShouldBe("ServiceUnavailable");
        (await server.Client(url: going).Ask(new Authorize("s3:GetObject"), ReadAt.Newest)).Refusal!.Code.ShouldBe("ServiceUnavailable");

        await Until.True(() => Task.FromResult(Stopwatch.GetElapsedTime(gone) > TimeSpan.FromSeconds(6)), TimeSpan.FromSeconds(10), "no time passes"); // all that tries again did
        said.Lines.Count.ShouldBeLessThan(15, string.Join('\n', said.Lines)); // it is said once that it is gone, whatever fails by it
        proxy.Admit();
        await Until.True(async () => (await server.Client(alice, url: bounded).Ask(report)).Refusal is null, TimeSpan.FromSeconds(5), "it is not in step");
        (await server.Client(alice with { Id = AccessKeyId.Of(server.Account, 7) }, url: going).Ask(report)).Refusal!.Code.ShouldBe("InvalidClientTokenId");
    }

    [Fact]
    public async Task In_a_black_hole_a_node_that_is_behind_what_it_told_of_goes_on_deciding_and_catches_up_afterwards()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var proxy = new FaultProxy(server.Database);
        var url = await server.StartNode(database: proxy.Database);
        var alice = await server.CreateUser("alice");
        var node = server.Client(alice, url: url);
        Authorize question = new("s3:GetObject", "arn:aws:s3:::reports/q3.csv");
        (await node.Ask(question, ReadAt.Newest)).Answer!.Decision.ShouldBe("implicitDeny");

        proxy.Hold();
        var told = (await server.Client().Send(new CreateGroup("readers"))).Revision;
        server.Node(1).GetRequiredService<LiveAccounts>().Live(server.Account)!.Promise(told); // as when it had sent the command on to its owner
        var since = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            List<IamReply<AuthorizationResult>> each = [];
            for (var i = 0; i < 5; i++) each.Add(await node.Ask(question));
            return each;
        })));
        var took = Stopwatch.GetElapsedTime(since);
        answers.SelectMany(each => each).ShouldAllBe(answer => answer.Answer!.Decision == "implicitDeny" && answer.Revision < told);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(5)); // what a single look may take

        proxy.Release();
        await Until.True(async () => (await node.Ask(question)).Revision >= told, TimeSpan.FromSeconds(30), "it does not catch up");
        output.WriteLine($"20 decisions in {took.TotalSeconds:0.0} s");
    }

    /// <summary>In a short run those that differ most.</summary>
    public static TheoryData<Lanes, Whose> Holes => Alone.Times is 1
        ? new() { { Lanes.Both, Whose.Everybodys }, { Lanes.Both, Whose.Listeners } }
        : new() { { Lanes.Both, Whose.Everybodys }, { Lanes.ToServer, Whose.Everybodys }, { Lanes.ToClient, Whose.Everybodys }, { Lanes.Both, Whose.Listeners }, { Lanes.ToServer, Whose.Writers }, { Lanes.ToClient, Whose.Writers } };

    [Theory, MemberData(nameof(Holes))]
    public async Task A_black_hole_under_load_keeps_nobody_waiting_for_ever_and_loses_nothing(Lanes lanes, Whose whose)
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Client().Send(new CreateGroup("readers"))).Refusal.ShouldBeNull();
        await using var proxy = new FaultProxy(server.Database);
        var node = server.Client(url: await server.StartNode(database: proxy.Database));
        (await node.Ask(new GetUser())).Refusal.ShouldBeNull();
        var history = new History();
        var ended = false;
        var (slowest, decision) = (new ConcurrentBag<TimeSpan>(), TimeSpan.Zero);

        var load = Enumerable.Range(0, Clients).Select(Load).ToList();
        await Until.True(() => Task.FromResult(history.Count > 50), TimeSpan.FromSeconds(30), "no load");
        proxy.Hold(lanes, whose);
        if (whose is Whose.Listeners)
        {
            // Nothing is told of what others do; the look each second finds it.
            var made = (await server.Client().Send(new CreateUser("unheard-of"))).Revision;
            await Until.True(async () => (await node.Ask(new Authorize("s3:GetObject"))).Revision >= made, TimeSpan.FromSeconds(5), "it does not look");
            (await node.Send(new CreateUser("held"), "held")).Refusal.ShouldBeNull();
        }
        else
        {
            var held = node.Send(new CreateUser("held"), "held");
            while (!held.IsCompleted)
            {
                var asked = Stopwatch.GetTimestamp();
                (await node.Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
                decision = Stopwatch.GetElapsedTime(asked) is var took && took > decision ? took : decision;
            }
            (await held).Refusal!.Status.ShouldBe(503); // by itself: the hole stays
            await Until.True(() => Task.FromResult(slowest.Count >= Clients), TimeSpan.FromSeconds(30), "somebody in the hole is told nothing");
        }
        decision.ShouldBeLessThan(TimeSpan.FromSeconds(4)); // who asks the database in the hole waits for longer
        proxy.Release();
        var released = Stopwatch.GetTimestamp();
        await Until.True(() => Task.FromResult(history.All.Any(one => one.End > released)), TimeSpan.FromSeconds(5), "it does not go on");
        var after = (await server.Client().Send(new CreateUser("made-elsewhere"))).Revision;
        var step = await Until.True(async () => (await node.Ask(new Authorize("s3:GetObject"))).Revision >= after, TimeSpan.FromSeconds(5), "it is not in step");
        ended = true;
        await Task.WhenAll(load);
        if (whose is Whose.Listeners) slowest.ShouldBeEmpty();
        slowest.ShouldAllBe(took => took < TimeSpan.FromSeconds(15)); // ten, and a busy machine
        (await node.Send(new CreateUser("held"), "held")).Refusal.ShouldBeNull();

        var recorded = await Recorded.Read(server);
        var answered = history.All;
        recorded.ShouldBeWhole();
        await recorded.ShouldHaveItsRows(server);
        await recorded.ShouldHaveItsLeaves(server);
        recorded.ShouldExplain(answered, new RootCaller(server.Account, server.Root.Id));
        recorded.ShouldKeepRealTime(answered);
        answered.ShouldAllBe(one => one.Refusal == null);
        output.WriteLine($"{answered.Count} commands, {slowest.Count} times 503, after {slowest.Append(default).Max().TotalSeconds:0.0} s at most, a decision within {decision.TotalSeconds:0.00} s; in step {step.TotalSeconds:0.00} s after a command elsewhere");

        async Task Load(int number)
        {
            for (var turn = 0; !Volatile.Read(ref ended); turn++)
            {
                await history.Insist(node, 1, new CreateUser($"u{number}-{turn}"), $"hole-{number}-{turn}", TimeSpan.FromSeconds(90), one => slowest.Add(Stopwatch.GetElapsedTime(one.Start, one.End)));
            }
        }
    }

    /// <summary>Keeps what a node logs.</summary>
    sealed class Said : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
        public void Dispose() { }
    }

    [Fact]
    public async Task A_backend_left_behind_with_the_streams_row_delays_commands_but_strands_none()
    {
        await using var server = await ServerFixture.Start(postgres);
        var history = new History();
        IamClient[] nodes = [server.Client(), server.Client(url: await server.StartNode())];
        (await nodes[1].Ask(new GetUser())).Refusal.ShouldBeNull();
        TimeSpan slowest;
        await using (var stranded = await RowLock.Take(server))
        {
            var since = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, 40).Select(i => history.Send(nodes[i % 2], i % 2, new CreateUser($"user{i}"), $"stranded-{i}")));
            slowest = Stopwatch.GetElapsedTime(since);
            foreach (var node in nodes) (await node.Ask(new Authorize("s3:GetObject"))).Answer!.Decision.ShouldBe("allowed");
            (await nodes[0].Ask(new GetUser("user0"), ReadAt.Newest)).Refusal!.Code.ShouldBe("NoSuchEntity"); // readers wait for no row
        }
        history.All.Count.ShouldBe(40);
        history.All.ShouldAllBe(answered => answered.Refusal!.Status == 503);
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(15)); // nobody is kept waiting for more than ten
        foreach (var refused in history.All) (await nodes[refused.Node].Send((CreateUser)refused.Operation, refused.Id)).Refusal.ShouldBeNull();
        var recorded = await Recorded.Read(server);
        recorded.ShouldBeWhole();
        recorded.Newest.Users.Count.ShouldBe(40);
        output.WriteLine($"answered within {slowest.TotalSeconds:0.0} s");
    }

    [Theory]
    [InlineData("U+0000")]
    [InlineData("half a character")]
    public async Task One_command_with_a_text_that_PostgreSQL_does_not_take_fails_alone_among_a_hundred(string text)
    {
        await using var server = await ServerFixture.Start(postgres);
        var bad = text is "U+0000" ? "a\0b" : "a\ud800b"; // an attribute could not carry the latter
        var replies = await Together(server, i => i is 50 ? bad : null);
        for (var i = 0; i < replies.Length; i++) replies[i].Refusal?.Code.ShouldBe(i is 50 ? "InvalidInput" : null, $"command {i}");
        replies.Count(reply => reply.Refusal is null).ShouldBe(99);
        var recorded = await Recorded.Read(server);
        recorded.ShouldBeWhole();
        recorded.Newest.Users.Count.ShouldBe(100); // and the first
    }

    [Fact]
    public async Task One_command_whose_rows_the_database_refuses_fails_alone_among_a_hundred()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.Query("alter table iam.users add constraint no_user50 check (user_name <> 'user50')");
        var replies = await Together(server, _ => null);
        replies[50].Refusal!.Status.ShouldBe(500);
        replies.Count(reply => reply.Refusal is null).ShouldBe(99);
        (await Recorded.Read(server)).ShouldBeWhole();
    }

    /// <summary>A hundred commands in one batch: the writer is kept waiting for the stream's row until all are there.</summary>
    static async Task<Reply[]> Together(ServerFixture server, Func<int, string?> correlation)
    {
        var dispatcher = server.Node(0).GetRequiredService<Dispatcher>();
        Task<Reply> first;
        List<Task<Reply>> replies = [];
        await using (var stranded = await RowLock.Take(server))
        {
            first = Send("first", null);
            await stranded.WaitedFor(server);
            for (var i = 0; i < 100; i++) replies.Add(Send($"user{i}", correlation(i)));
        }
        (await first).Refusal.ShouldBeNull();
        return await Task.WhenAll(replies);

        Task<Reply> Send(string name, string? correlation) => dispatcher.Dispatch(new(server.Account, new CreateUser(name), new RootCaller(server.Account, server.Root.Id), $"together-{name}") { Correlation = correlation }, default);
    }

    [Theory]
    [InlineData("""{"UserName":"a\u0000b"}""")]
    [InlineData("""{"UserName":"a\ud800b"}""")]
    [InlineData("""{"UserName":"alice","Path":"/\u0000/"}""")]
    [InlineData("""{"UserName":"alice","\udfffPath":"/"}""")]
    [InlineData("{\"UserName\":\"a\0b\"}")]
    public async Task A_text_that_PostgreSQL_does_not_take_is_refused_at_the_door_and_the_others_succeed(string body)
    {
        await using var server = await ServerFixture.Start(postgres);
        using var http = new HttpClient(new SigningHandler(server.Root.Id, server.Root.Secret) { InnerHandler = new SocketsHttpHandler() });
        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var content = new StringContent(i is 50 ? body : JsonSerializer.Serialize(new { UserName = $"user{i}" }), Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri($"{server.Url}/accounts/{server.Account}/CreateUser"), content);
            return answer.StatusCode;
        }));
        statuses[50].ShouldBe(HttpStatusCode.BadRequest);
        statuses.Count(status => status is HttpStatusCode.OK).ShouldBe(99);
        (await Recorded.Read(server)).Newest.Users.Count.ShouldBe(99);
    }
}
