using IamEventSourced.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>When access keys and passwords were last used: noted by each node, written later, never lost to an older use, and told of any moment.</summary>
public class CredentialUsesTests(PostgresFixture postgres)
{
    static readonly AccountId Account = "123456789012";
    static readonly AccessKeyId Key = AccessKeyId.Of(Account, 1), Other = AccessKeyId.Of(Account, 2);
    static readonly SigningScope Iam = new("20260101", "us-east-1", "iam"), Sts = new("20260101", "eu-central-1", "sts");

    [Fact]
    public async Task A_true_signature_is_a_use_whatever_comes_of_the_request_and_a_wrong_one_is_none()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (alice, bob, root) = (await server.CreateUser("alice"), await server.CreateUser("bob"), server.Client());
        var began = DateTimeOffset.UtcNow;
        (await server.Post(new ListUsers(), alice)).Code.ShouldBe("AccessDenied");
        (await server.Post(new ListUsers(), bob with { Secret = new(new string('x', 40)) })).Code.ShouldBe("SignatureDoesNotMatch");
        await server.Node(0).GetRequiredService<CredentialUses>().Write();

        var used = (await root.Ask(new GetAccessKeyLastUsed(alice.Id))).Answer!;
        (used.UserName, used.AccessKeyLastUsed.ServiceName, used.AccessKeyLastUsed.Region).ShouldBe(("alice", "iam", "us-east-1"));
        used.AccessKeyLastUsed.LastUsedDate!.Value.ShouldBeInRange(began.AddSeconds(-1), DateTimeOffset.UtcNow);
        (await root.Ask(new GetAccessKeyLastUsed(bob.Id))).Answer!.AccessKeyLastUsed.ShouldBe(new(null, "N/A", "N/A"));
        (await root.Ask(new GetAccessKeyLastUsed(server.Root.Id))).Answer!.AccessKeyLastUsed.LastUsedDate.ShouldNotBeNull();
        (await server.Form("GetAccessKeyLastUsed", fields: ("AccessKeyId", bob.Id.Value))).Body.ShouldContain("<AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region></AccessKeyLastUsed>");

        // Before it was used, and before there was such a key.
        var before = await server.Post(new GetAccessKeyLastUsed(alice.Id), at: "at=6");
        before.Body.ShouldBe("""{"UserName":"alice","AccessKeyLastUsed":{"ServiceName":"N/A","Region":"N/A"}}""");
        (await server.Post(new GetAccessKeyLastUsed(alice.Id), at: "at=2")).Code.ShouldBe("NoSuchEntity");
        (await server.Post(new GetAccessKeyLastUsed(server.Root.Id), at: "at=2")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Of_several_nodes_the_latest_use_stands_whoever_writes_last()
    {
        var (database, clock) = (await Migrated(), new SetClock());
        await using var source = NpgsqlDataSource.Create(database);
        using CredentialUses one = Node(source, clock), two = Node(source, clock);
        one.Note(Key, Iam);
        clock.Offset = TimeSpan.FromMinutes(-10);
        two.Note(Key, Sts);
        two.Note(Other, Sts);
        await Task.WhenAll(one.Write(), two.Write());
        (await Last(one, Key, null))!.Service.ShouldBe("iam");
        (await Last(one, Other, null))!.Region.ShouldBe("eu-central-1");
        two.Note(Key, Sts); // this node's clock is behind
        await two.Write();
        (await Last(one, Key, null))!.Service.ShouldBe("iam");
    }

    [Fact]
    public async Task Each_day_of_use_is_kept_and_told_of_a_past_moment_until_it_is_too_old_but_for_the_last()
    {
        var (database, clock) = (await Migrated(), new SetClock());
        await using var source = NpgsqlDataSource.Create(database);
        using var node = Node(source, clock);
        var noon = new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
        foreach (var (days, scope) in ((int, SigningScope)[])[(0, Iam), (1, Sts), (2, Iam), (500, Sts)])
        {
            clock.Offset = noon.AddDays(days) - DateTimeOffset.UtcNow;
            node.Note(Key, scope);
            await node.Write();
        }
        (await At(-1)).ShouldBeNull();
        (await At(0.5)).ShouldBe((0, "iam"));
        (await At(1.9)).ShouldBe((1, "sts"));
        (await At(3)).ShouldBe((2, "iam"));
        (await Last(node, Key, null))!.Service.ShouldBe("sts");

        await using (var key = source.CreateCommand($"insert into iam.access_keys (account, access_key_id, from_revision, from_at) values ('{Account}', '{Key}', 1, now())")) await key.ExecuteNonQueryAsync();
        await Retention.Apply(source, noon.AddDays(401.5), 400, 400);
        (await At(1.9)).ShouldBeNull();
        (await At(3)).ShouldBe((2, "iam"));
        await Retention.Apply(source, noon.AddDays(2000), 400, 400);
        (await At(400)).ShouldBeNull();
        (await At(1999)).ShouldBe((500, "sts"));
        await using (var ended = source.CreateCommand("update iam.access_keys set to_revision = 2, to_at = now()")) await ended.ExecuteNonQueryAsync();
        await Retention.Apply(source, noon.AddDays(2000), 400, 400);
        (await At(1999)).ShouldBeNull();

        async Task<(int Day, string Service)?> At(double days) =>
            await Last(node, Key, noon.AddDays(days)) is { } use ? ((int)Math.Round((use.At - noon).TotalDays), use.Service) : null;
    }

    [Fact]
    public async Task While_the_database_is_gone_uses_wait_and_at_a_stop_they_are_written()
    {
        var database = await Migrated();
        await using var proxy = new FaultProxy(database);
        await using var source = NpgsqlDataSource.Create(proxy.Database);
        using var node = Node(source, TimeProvider.System);
        await node.StartAsync(default);
        node.Note(Key, Iam);
        proxy.Refuse();
        await node.Write();
        node.Note(Other, Sts);
        proxy.Admit();
        await node.StopAsync(default);
        (await Last(node, Key, null)).ShouldNotBeNull();
        (await Last(node, Other, null)).ShouldNotBeNull();
    }

    static async Task<CredentialUse?> Last(CredentialUses node, AccessKeyId key, DateTimeOffset? until) => (await node.Last(Account, [key.Value], until, default)).GetValueOrDefault(key.Value);

    static CredentialUses Node(NpgsqlDataSource source, TimeProvider clock) => new(source, clock, NullLogger<CredentialUses>.Instance);

    async Task<string> Migrated()
    {
        var database = await postgres.NewDatabase();
        await Schema.Migrate(database);
        return database;
    }
}
