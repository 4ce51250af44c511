using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

public class EntityHistoryTests(PostgresFixture postgres)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Each_filter_finds_the_events_of_the_stream_that_fit_it_forwards_and_backwards()
    {
        await using var server = await ServerFixture.Start(postgres);
        await Story.Play(server);
        var stream = await server.Stream();
        EntityReference account = server.Account.Value;
        var (middle, second) = (stream[stream.Count / 2], stream.First(recorded => recorded.Event is UserCreated));
        var correlated = stream.First(recorded => recorded.Correlation != recorded.Command.Value);

        GetEntityHistory[] questions =
        [
            new(account), new(account, PrincipalId: "operator"), new(account, PrincipalId: server.Account.Value), new(account, AccessKeyId: server.Root.Id), new(account, EventType: "user-tagged"),
            new(account, EventType: "no-such-kind"), new(account, CommandId: middle.Command), new(account, CorrelationId: correlated.Correlation), new(account, From: middle.At), new(account, To: middle.At),
            new(account, From: second.At, To: middle.At, EventType: "user-created"), new(account, new Revision((int)middle.Revision)),
        ];
        foreach (var question in questions)
            foreach (var query in (GetEntityHistory[])[question, question with { NewestFirst = true }])
            {
                List<long> found = [];
                for (GetEntityHistory? page = query with { MaxItems = 7 }; page is not null;)
                {
                    var answer = (await server.Client().Ask(page)).Answer!;
                    found.AddRange(answer.Events.Select(entry => entry.Revision));
                    page = answer.NextRevision is { } next ? page with { FromRevision = new((int)next) } : null;
                }
                var fitting = stream.Where(query.Fits).Select(recorded => recorded.Revision).ToList();
                if (query.NewestFirst) fitting.Reverse();
                found.ShouldBe(fitting, query.ToString());
                if (query.EventType?.Value is not "no-such-kind") found.ShouldNotBeEmpty(query.ToString());
            }
    }

    [Fact]
    public async Task Each_event_tells_what_was_so_before_it_and_after_as_the_rows_of_both_revisions_say()
    {
        await using var server = await ServerFixture.Start(postgres);
        await Story.Play(server);
        var entries = (await server.Client().Ask(new GetEntityHistory(server.Account.Value, MaxItems: 1000))).Answer!.Events;

        Dictionary<string, List<(Dictionary<string, string> Key, Dictionary<string, string> Values, long From, long? To)>> rows = [];
        foreach (var table in IntervalTable.All)
            rows[table.Name] = [.. (await server.Query($"select {string.Join(", ", table.Columns)}, from_revision, to_revision from {table.Qualified}"))
                .Select(row => (Named(table.Key, row), Named(table.Values, row[table.Key.Length..]), (long)row[^2]!, (long?)row[^1]))];
        foreach (var entry in entries)
        {
            var told = entry.Changes.Select(change => Text(change.Fact, change.Key, change.Before, change.After));
            var happened = rows.SelectMany(table => table.Value.Where(row => row.From == entry.Revision || row.To == entry.Revision).GroupBy(row => string.Join('\0', row.Key.Values))
                .Select(fact => Text(table.Key, fact.First().Key, fact.Where(row => row.To == entry.Revision).Select(row => row.Values).SingleOrDefault(), fact.Where(row => row.From == entry.Revision).Select(row => row.Values).SingleOrDefault())));
            told.ShouldBe(happened, ignoreOrder: true, $"r {entry.Revision} {entry.Type}");
        }
        entries.ShouldContain(entry => entry.Changes.Any(change => change.Before != null && change.After != null && change.Fact == "users"));

        static Dictionary<string, string> Named(string[] columns, object?[] row) => columns.Zip(row).Where(part => part.Second is not null).ToDictionary(part => part.First, part => (string)part.Second!, StringComparer.Ordinal);
        static string Text(string fact, IReadOnlyDictionary<string, string> key, IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after) => $"{fact} {Parts(key)}: {Parts(before)} -> {Parts(after)}";
        static string Parts(IReadOnlyDictionary<string, string>? parts) => parts is null ? "nothing" : string.Join(' ', parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key}='{part.Value}'"));
    }

    [Fact]
    public async Task An_event_names_what_it_touched_as_it_was_called_then_and_what_it_deleted_as_it_was_called_last()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        var id = (await root.Send(new CreateUser("alice"))).Answer!.User.UserId;
        await root.Send(new UpdateUser("alice", "/team/", "bob"));
        await root.Send(new AttachUserPolicy("bob", "arn:aws:iam::aws:policy/ReadOnlyAccess"));
        await root.Send(new DetachUserPolicy("bob", "arn:aws:iam::aws:policy/ReadOnlyAccess"));
        await root.Send(new DeleteUser("bob"));
        await root.Send(new CreateUser("alice"));

        var events = (await root.Ask(new GetEntityHistory(id))).Answer!.Events;
        Arn alice = $"arn:aws:iam::{server.Account}:user/alice", bob = $"arn:aws:iam::{server.Account}:user/team/bob";
        events.Select(entry => entry.Names[id]).ShouldBe([alice, bob, bob, bob, bob]);
        events[2].Names.Values.ShouldContain("arn:aws:iam::aws:policy/ReadOnlyAccess");
        var renamed = events[1].Changes.ShouldHaveSingleItem();
        (renamed.Before!["user_name"], renamed.Before["path"], renamed.After!["user_name"], renamed.After["path"]).ShouldBe(("alice", "/", "bob", "/team/"));
        (await root.Ask(new GetEntityHistory(id), ReadAt.Revision(events[0].Revision))).Answer!.Events.ShouldHaveSingleItem().Names[id].ShouldBe(alice);
    }

    [Fact]
    public async Task Who_follows_a_history_gets_what_there_is_then_each_event_of_any_node_and_goes_on_where_he_was()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        await server.Client().Send(new CreateUser("alice"));
        using var stop = new CancellationTokenSource(Patience);
        await using var following = (await Follow(server, server.Root, $"Entity=arn%3Aaws%3Aiam%3A%3A{server.Account}%3Auser%2Falice")).GetAsyncEnumerator(stop.Token);

        (await Next(following)).Type.ShouldBe("user-created");
        await server.Client(url: other).Send(new CreateUser("bob"));
        await server.Client(url: other).Send(new TagUser("alice", [new("team", "blue")]));
        var tagged = await Next(following);
        (tagged.Type, tagged.Data["Data"]!["TagValue"]!.GetValue<string>()).ShouldBe(("user-tagged", "blue"));
        tagged.Data["Revision"]!.GetValue<long>().ShouldBe(tagged.Id);
        await server.Client().Send(new UpdateUser("alice", null, "carol"));
        (await Next(following)).Type.ShouldBe("user-renamed");

        await server.Client().Send(new UntagUser("carol", ["team"]));
        await using var again = (await Follow(server, server.Root, $"Entity={server.Account}", tagged.Id)).GetAsyncEnumerator(stop.Token);
        (await Next(again)).Type.ShouldBe("user-renamed");
        (await Next(again)).Type.ShouldBe("user-untagged");
    }

    [Fact]
    public async Task Who_may_no_longer_read_the_history_hears_no_more_of_it()
    {
        await using var server = await ServerFixture.Start(postgres);
        var key = await server.CreateUser("auditor");
        await server.Client().Send(new PutUserPolicy("auditor", "reads", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetEntityHistory","Resource":"*"}}"""));
        using var stop = new CancellationTokenSource(Patience);
        await using var following = (await Follow(server, key, $"Entity={server.Account}&EventType=user-created")).GetAsyncEnumerator(stop.Token);

        (await Next(following)).Type.ShouldBe("user-created");
        await server.Client().Send(new DeleteUserPolicy("auditor", "reads"));
        await server.Client().Send(new CreateUser("secret.agent"));
        var refused = await Next(following);
        (refused.Type, refused.Data["code"]!.GetValue<string>()).ShouldBe(("refused", "AccessDenied"));
        (await following.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task The_client_follows_over_connections_that_break_and_says_at_last_why_it_was_refused()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var relay = new Relay { To = new(server.Url) };
        var key = await server.CreateUser("auditor");
        await server.Client().Send(new PutUserPolicy("auditor", "reads", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetEntityHistory","Resource":"*"}}"""));
        using var stop = new CancellationTokenSource(Patience);
        await using var following = server.Client(key, url: relay.Url).Follow(new(server.Account.Value, EventType: "user-created"), stop.Token).GetAsyncEnumerator(stop.Token);

        (await Next()).Answer!.Names.Values.ShouldHaveSingleItem().Value.ShouldEndWith("user/auditor");
        relay.Cut();
        await server.Client().Send(new CreateUser("bob"));
        (await Next()).Answer!.Names.Values.ShouldHaveSingleItem().Value.ShouldEndWith("user/bob");
        relay.Cut();
        await server.Client().Send(new DeleteUserPolicy("auditor", "reads"));
        (await Next()).Refusal!.Code.ShouldBe("AccessDenied");
        (await following.MoveNextAsync()).ShouldBeFalse();

        async Task<IamReply<HistoryEntry>> Next() => await following.MoveNextAsync() ? following.Current : throw new InvalidOperationException("The stream ended.");
    }

    [Fact]
    public async Task Who_follows_stays_with_the_one_that_had_the_name_also_over_a_broken_connection()
    {
        await using var server = await ServerFixture.Start(postgres);
        await using var relay = new Relay { To = new(server.Url) };
        var id = (await server.Client().Send(new CreateUser("alice"))).Answer!.User.UserId;
        using var stop = new CancellationTokenSource(Patience);
        await using var following = server.Client(url: relay.Url).Follow(new($"arn:aws:iam::{server.Account}:user/alice"), stop.Token).GetAsyncEnumerator(stop.Token);
        (await following.MoveNextAsync()).ShouldBeTrue();

        await server.Client().Send(new UpdateUser("alice", null, "bob"));
        (await following.MoveNextAsync()).ShouldBeTrue();
        await server.Client().Send(new CreateUser("alice"));
        relay.Cut();
        await server.Client().Send(new TagUser("alice", [new("who", "the other")]));
        await server.Client().Send(new TagUser("bob", [new("who", "the first")]));
        (await following.MoveNextAsync()).ShouldBeTrue();
        following.Current.Answer!.Data.GetProperty("UserId").GetString().ShouldBe(id);
    }

    [Fact]
    public async Task A_session_follows_no_longer_than_it_lasts()
    {
        var clock = new SetClock();
        await using var server = await ServerFixture.Start(postgres, clock.Of);
        var key = await server.CreateUser("auditor"); // IAM takes a session only with MFA
        await server.Client().Send(new PutUserPolicy("auditor", "reads", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetEntityHistory","Resource":"*"}}"""));
        var (serial, seed) = await server.EnableMFADevice("phone", "auditor");
        clock.Offset = TimeSpan.FromMinutes(1); // the codes that enabled it are used up
        var opened = (await server.Client(key).Ask(new GetSessionToken(900, serial, MFACodes.At(seed, DateTimeOffset.UtcNow + clock.Offset, -1).One))).Answer!.Credentials;
        using var stop = new CancellationTokenSource(Patience);
        await using var following = (await Follow(server, new(opened.AccessKeyId, opened.SecretAccessKey, opened.SessionToken), $"Entity={server.Account}&EventType=user-created")).GetAsyncEnumerator(stop.Token);
        (await Next(following)).Type.ShouldBe("user-created");

        clock.Offset = TimeSpan.FromMinutes(17);
        await server.Node(0).GetRequiredService<Dispatcher>().Dispatch(new(server.Account, new CreateUser("bob"), new RootCaller(server.Account, server.Root.Id), "wakes"), stop.Token); // a signature would be of another time
        (await Next(following)).Type.ShouldBe("refused");
    }

    [Fact]
    public async Task Who_follows_from_a_later_revision_hears_nothing_before_it_and_who_says_until_when_hears_the_end()
    {
        await using var server = await ServerFixture.Start(postgres);
        var first = await server.Client().Send(new CreateUser("alice"));
        using var stop = new CancellationTokenSource(Patience);
        await using var later = (await Follow(server, server.Root, $"Entity={server.Account}&FromRevision={first.Revision + 2}")).GetAsyncEnumerator(stop.Token);
        await server.Client().Send(new CreateUser("bob"));
        await server.Client().Send(new CreateUser("carol"));
        (await Next(later)).Id.ShouldBe(first.Revision + 2);

        await using var past = (await Follow(server, server.Root, $"Entity={server.Account}&EventType=user-created&To=2000-01-01T00%3A00%3A00Z")).GetAsyncEnumerator(stop.Token);
        (await past.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task What_can_not_be_followed_is_refused_with_the_reason()
    {
        await using var server = await ServerFixture.Start(postgres);
        foreach (var (query, status, code) in ((string, int, string)[])
            [("Entity=root", 400, "ValidationError"), ("", 400, "ValidationError"), ("Entity=AIDAALICE00000000001&NewestFirst=true", 400, "ValidationError"), ("Entity=AIDAALICE00000000001&FromRevision=x", 400, "ValidationError"),
             ("Entity=AIDAALICE00000000001&Unknown=1", 400, "ValidationError"), ("Entity=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fnobody", 404, "NoSuchEntity")])
        {
            using var response = await Get(server, server.Root, query);
            ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["code"]!.GetValue<string>()).ShouldBe((status, code), query);
        }
    }

    sealed record Heard(long Id, string Type, JsonNode Data);

    static async Task<Heard> Next(IAsyncEnumerator<Heard> following) => await following.MoveNextAsync() ? following.Current : throw new InvalidOperationException("The stream ended.");

    static async Task<IAsyncEnumerable<Heard>> Follow(ServerFixture server, Key key, string query, long? after = null)
    {
        var response = await Get(server, key, query, after);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return Read(response);
    }

    static async IAsyncEnumerable<Heard> Read(HttpResponseMessage response)
    {
        using (response)
        {
            var parser = System.Net.ServerSentEvents.SseParser.Create(await response.Content.ReadAsStreamAsync());
            await foreach (var item in parser.EnumerateAsync()) yield return new(item.EventId is { } id ? long.Parse(id, CultureInfo.InvariantCulture) : 0, item.EventType, JsonNode.Parse(item.Data)!);
        }
    }

    static readonly HttpClient Http = new() { Timeout = Patience };

    static async Task<HttpResponseMessage> Get(ServerFixture server, Key key, string query, long? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url}/accounts/{server.Account}/GetEntityHistory?{query}");
        if (after is { } heard) request.Headers.Add("Last-Event-ID", heard.ToString(CultureInfo.InvariantCulture));
        if (key.Token is { } token) request.Headers.Add(RequestSigner.SessionTokenHeader, token.Reveal());
        await RequestSigner.SignAsync(request, key.Id, key.Secret, "us-east-1", "iam", DateTimeOffset.UtcNow);
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
