using System.Text;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Wolverine.Runtime.Serialization;

namespace IamEventSourced.Server.Tests;

/// <summary>What subscribers are told on the bus.</summary>
public sealed class PublishingTests(PostgresFixture postgres)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    const string Reading = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}""";

    sealed record Message(Guid Id, string Type, long Revision, string Body);

    /// <summary>What is in a queue, in the order in which it is taken from it.</summary>
    static async Task<List<Message>> In(ServerFixture server, string queue) =>
        [.. from row in await server.Query($"select body from queues.wolverine_queue_{queue} order by timestamp")
            let envelope = EnvelopeSerializer.Deserialize((byte[])row[0]!)
            let body = JsonElement.Parse(envelope.Data!)
            select new Message(envelope.Id, envelope.MessageType!, (body.TryGetProperty("Cause", out var cause) ? cause.GetProperty("Revision") : body.GetProperty("revision")).GetInt64(), Encoding.UTF8.GetString(envelope.Data!))];

    static Task<int> Run(ServerFixture server, params string[] args) => Verbs.Run([.. args, $"--ConnectionStrings:iamowner={server.Database}"]);

    static async Task Subscribe(ServerFixture server, string name, string queue, string tell, int? from = null) =>
        (await Run(server, ["subscribe", server.Account.Value, name, queue, $"--Tell={tell}", .. from is { } revision ? [$"--From={revision}"] : Array.Empty<string>()])).ShouldBe(0);

    static Task<TimeSpan> Told(ServerFixture server, long revision, params string[] names) =>
        Until.True(async () => (await server.Query($"select 1 from iam.subscribers where revision >= {revision} and name in ({string.Join(", ", names.Select(name => $"'{name}'"))})")).Count == names.Length, Patience, $"{string.Join(" or ", names)} is not told r {revision}");

    static async Task<long> Happen(IamClient client, string group)
    {
        await client.Send(new CreateGroup(group));
        await client.Send(new PutGroupPolicy(group, "read", Reading));
        await client.Send(new AddUserToGroup(group, "alice"));
        await client.Send(new CreateAccessKey("alice"));
        await client.Send(new DeleteAccessKey((await client.Ask(new ListAccessKeys("alice"))).Answer!.AccessKeyMetadata[^1].AccessKeyId, "alice"));
        return (await client.Send(new RemoveUserFromGroup(group, "alice"))).Revision;
    }

    [Fact] public async Task Each_is_told_what_it_asked_for_in_order_from_where_it_said_and_all_again_when_it_is_set_back()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (client, secret) = (server.Client(), (await server.CreateUser("alice")).Secret);
        await Subscribe(server, "audit", "audit", "events", 1);
        await Subscribe(server, "siem", "siem", "notices", 1);
        await Subscribe(server, "late", "late", "both");
        var before = (await client.Ask(new GetUser("alice"))).Revision;
        var newest = await Happen(client, "devs");
        await Told(server, newest, "audit", "siem", "late");

        var lines = (await client.Ask(new ExportEvents(1, 1000))).Answer!.Events.Select(line => line.GetRawText()).ToList();
        var notices = (await client.Ask(new ListAccessChanges(1, 1000))).Answer!.Notices.Select(notice => JsonSerializer.Serialize(notice, Json.Options)).ToList();
        var (audit, siem, late) = (await In(server, "audit"), await In(server, "siem"), await In(server, "late"));
        audit.Select(message => (message.Type, message.Revision)).ShouldBe(Enumerable.Range(1, (int)newest).Select(revision => ("iam-event", (long)revision)));
        audit.Select(message => message.Body).ShouldBe(lines);
        siem.ShouldAllBe(message => message.Type == "iam-access-notice");
        siem.Select(message => message.Body).ShouldBe(notices);
        siem.Count.ShouldBe(2);
        late.Select(message => message.Body).ShouldBe(Enumerable.Range((int)before, (int)(newest - before)).SelectMany(i => (string[])[lines[i], .. notices.Where(notice => JsonElement.Parse(notice).GetProperty("Cause").GetProperty("Revision").GetInt64() == i + 1)]));
        string.Concat(audit.Concat(late).Select(message => message.Body)).ShouldNotContain(secret.Reveal());

        await Subscribe(server, "siem", "siem", "notices", 1);
        await Told(server, newest, "siem");
        var again = await In(server, "siem");
        again.Select(message => message.Body).ShouldBe([.. notices, .. notices]);
        again.Select(message => message.Id).ShouldBeUnique();
        await Subscribe(server, "siem", "siem2", "events"); // elsewhere, and other things, from where it is
        await Told(server, (await client.Send(new CreateUser("bob"))).Revision, "siem");
        (await In(server, "siem2")).Select(message => (message.Type, message.Revision)).ShouldBe([("iam-event", newest + 1)]);

        (await Run(server, "subscribers")).ShouldBe(0);
        (await Run(server, "unsubscribe", server.Account.Value, "late")).ShouldBe(0);
        (await Run(server, "unsubscribe", server.Account.Value, "late")).ShouldBe(1);
        foreach (var wrong in (string[][])[["999999999999", "audit", "audit"], [server.Account.Value, "a b", "audit"], [server.Account.Value, "audit", "iam_commands"], [server.Account.Value, "audit", "iam_commands_scheduled"], [server.Account.Value, "audit", "audit_scheduled"], [server.Account.Value, "audit", "Robert'); drop"], [server.Account.Value, "audit", "audit", "--From=1000"], [server.Account.Value, "audit", "audit", "--From=0"], [server.Account.Value, "audit", "audit", "--Tell=all"]])
            (await Run(server, ["subscribe", .. wrong])).ShouldBe(1, string.Join(' ', wrong));
        (await Subscribers.Read(server.Node(0).GetRequiredService<Npgsql.NpgsqlDataSource>(), server.Account, default)).Select(subscriber => (subscriber.Name, subscriber.Lag)).ShouldBe([("audit", 0), ("siem", 0)]);
    }

    [Fact] public async Task Who_can_not_be_told_waits_holds_nobody_up_and_is_told_all_at_least_once_in_order()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (client, publishing) = (server.Client(), server.Node(0).GetRequiredService<Publishing>());
        await client.Send(new CreateUser("alice"));
        await Subscribe(server, "audit", "audit", "both", 1);
        await Subscribe(server, "siem", "siem", "both", 1);
        await Told(server, (await client.Send(new CreateUser("bob"))).Revision, "audit", "siem");

        await server.Query("revoke insert on queues.wolverine_queue_audit from iam_server");
        var newest = await Happen(client, "devs");
        await Told(server, newest, "siem");
        await Until.True(() => Task.FromResult(publishing.Failing is 1 && publishing.Mine.Max(subscriber => subscriber.Lag) is 6), Patience, "nobody says that it fails");
        await server.Query("grant insert on queues.wolverine_queue_audit to iam_server");
        await Told(server, newest, "audit");
        (await In(server, "audit")).Select(message => (message.Type, message.Body)).ShouldBe((await In(server, "siem")).Select(message => (message.Type, message.Body)));

        // As if the node died after it told and before it noted that: what the subscriber took meanwhile comes again, under the same ids.
        await server.Query("create function fail() returns trigger language plpgsql as 'begin raise exception ''no''; end'; create trigger fail before update on iam.subscribers for each row when (old.name = 'audit') execute function fail(); delete from queues.wolverine_queue_audit");
        newest = await Happen(client, "ops");
        await Told(server, newest, "siem");
        List<Message> first = [], second = [];
        await Until.True(async () => (first = await In(server, "audit")).Count is 8, Patience, "it is not told");
        await server.Query("select from iam.subscribers where name = 'audit' for update; delete from queues.wolverine_queue_audit"); // not while it is told
        await Until.True(async () => (second = await In(server, "audit")).Count is 8, Patience, "it is not told again");
        second.ShouldBe(first);
        await server.Query("drop trigger fail on iam.subscribers");
        await Told(server, newest, "audit");
        (await In(server, "audit")).ShouldBe(first); // what it has not taken yet is not put there twice
    }

    [Fact] public async Task Who_is_slow_is_told_bit_by_bit_while_the_others_are_told_all()
    {
        await using var server = await ServerFixture.Start(postgres);
        var newest = (await Task.WhenAll(Enumerable.Range(0, 45).Select(i => server.Client().Send(new CreateUser($"u{i}"))))).Max(reply => reply.Revision);
        await Subscribe(server, "audit", "audit", "events");
        await Subscribe(server, "siem", "siem", "both");
        // All of it would take longer than the database lets a transaction stand idle.
        await server.Query("create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.25); return new; end'; create trigger slow before insert on queues.wolverine_queue_audit for each row execute function slow()");
        await server.Query("update iam.subscribers set revision = 0");
        await Told(server, newest, "siem");
        (await In(server, "audit")).Count.ShouldBeLessThan((int)newest);
        await Told(server, 1, "audit");
        await server.Query("drop trigger slow on queues.wolverine_queue_audit");
        await Told(server, newest, "audit");
        (await In(server, "audit")).Select(message => message.Body).ShouldBe((await In(server, "siem")).Where(message => message.Type == "iam-event").Select(message => message.Body));
    }

    [Fact] public async Task What_was_altered_is_told_as_it_is_and_what_it_gave_and_took_until_then()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (client, publishing) = (server.Client(), server.Node(0).GetRequiredService<Publishing>());
        await client.Send(new CreateUser("alice"));
        var before = await Happen(client, "devs");
        await Happen(client, "ops");
        var newest = await Happen(client, "all");
        await server.Query($"update iam.mt_events set type = 'forged' where version = {before + 2}; delete from iam.mt_events where version = {before + 9}");
        await Subscribe(server, "audit", "audit", "events", 1);
        await Subscribe(server, "siem", "siem", "notices", 1);
        await Told(server, newest, "audit");
        await Until.True(() => Task.FromResult(publishing.Failing is 1), Patience, "nobody says that it fails");

        (await In(server, "audit")).Select(message => message.Body).ShouldBe((await client.Ask(new ExportEvents(1, 1000))).Answer!.Events.Select(line => line.GetRawText()));
        (await In(server, "siem")).Select(message => message.Revision).ShouldBe((await client.Ask(new ListAccessChanges(1, (int)before))).Answer!.Notices.Select(notice => (long)notice.Cause.Revision));
        (await server.Query("select revision from iam.subscribers where name = 'siem'")).ShouldHaveSingleItem()[0].ShouldBe(before + 1);
    }

    [Fact] public async Task Whichever_node_owns_the_account_tells_them_once_and_in_order()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        string[] urls = [server.Url, await server.StartNode(ServerFixture.Announced)];
        await OwnerTests.Acquainted(server);
        await server.Client().Send(new CreateUser("alice"));
        await Subscribe(server, "audit", "audit", "both", 1);
        await Happen(server.Client(url: urls[0]), "devs");
        await Happen(server.Client(url: urls[1]), "ops");

        var owner = server.Node(0).GetRequiredService<Nodes>().OwnerOf(server.Account) is null ? 0 : 1;
        await Until.True(() => Task.FromResult(server.Node(owner).GetRequiredService<Publishing>().Mine.Count is 1 && server.Node(1 - owner).GetRequiredService<Publishing>().Mine.Count is 0), Patience, "both tell it");
        await server.StopNode(owner);
        var newest = await Happen(server.Client(url: urls[1 - owner]), "all");
        await Told(server, newest, "audit");
        var told = await In(server, "audit");
        told.Where(message => message.Type == "iam-event").Select(message => message.Revision).ShouldBe(Enumerable.Range(1, (int)newest).Select(revision => (long)revision));
        told.Select(message => message.Revision).ShouldBeInOrder();
        told.Count(message => message.Type == "iam-access-notice").ShouldBe(6);
    }
}
