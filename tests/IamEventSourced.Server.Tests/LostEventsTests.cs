using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>The owner of the database can take the end off a stream. Then nobody is told that what is left is all.</summary>
public class LostEventsTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("delete from iam.mt_events where stream_id = '{0}' and version > {1}")]
    [InlineData("delete from iam.mt_events where stream_id = '{0}' and version > {1}; delete from iam.origins where account = '{0}' and revision > {1}; delete from iam.timeline where account = '{0}' and revision > {1}; delete from iam.users where account = '{0}' and from_revision > {1}")]
    public async Task A_stream_whose_last_events_are_gone_is_not_said_to_be_the_newest(string loss)
    {
        await using var server = await ServerFixture.Start(postgres);
        for (var i = 0; i < 5; i++) (await server.Client().Send(new CreateUser($"user{i}"))).Refusal.ShouldBeNull();
        var newest = (await server.Client().Ask(new GetUser())).Revision;
        await using var owner = NpgsqlDataSource.Create(server.Database);
        (await Comparison.FirstDifference(owner, server.Account)).ShouldBeNull();

        await server.Query(string.Format(System.Globalization.CultureInfo.InvariantCulture, loss, server.Account, newest - 2));
        var fresh = await server.StartNode();
        for (var i = 0; i < 3; i++)
        {
            var reply = await server.Post(new GetUser("user0"), at: "newest", url: fresh);
            reply.Status.ShouldBeGreaterThanOrEqualTo(500, reply.Body);
            (await server.Post(new GetUser("user4"), at: "newest", url: fresh)).Status.ShouldBeGreaterThanOrEqualTo(500); // not: there is none
        }
        (await server.Post(new CreateUser("user4"), url: fresh)).Status.ShouldBeGreaterThanOrEqualTo(500); // nor is it written on
        (await server.Query($"select max(version) from iam.mt_events where stream_id = '{server.Account}'")).ShouldBe([[newest - 2]]);

        var difference = (await Comparison.FirstDifference(owner, server.Account)).ShouldNotBeNull();
        difference.ShouldContain($"{newest}"); // the revision that there should be
    }
}
