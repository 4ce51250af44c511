using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>An account's stream, and the directories that it folds to.</summary>
static class Streams
{
    /// <summary>The data source with which a node works.</summary>
    public static NpgsqlDataSource DatabaseOf(this ServerFixture server, int node = 0) => server.Node(node).GetRequiredService<NpgsqlDataSource>();

    /// <summary>Every event of the account.</summary>
    public static async Task<List<RecordedEvent>> Stream(this ServerFixture server, AccountId? account = null)
    {
        await using var connection = await server.DatabaseOf().OpenConnectionAsync();
        List<RecordedEvent> events = [];
        await foreach (var recorded in RecordedEvents.Read(connection, account ?? server.Account, 0)) events.Add(recorded);
        return events;
    }

    /// <summary>The directory of every revision, by its number; the first is that of no account yet.</summary>
    public static Directory[] Directories(this IReadOnlyList<RecordedEvent> events, AccountId account)
    {
        var directories = new Directory[events.Count + 1];
        directories[0] = new(account);
        for (var i = 0; i < events.Count; i++) directories[i + 1] = directories[i].Apply(events[i].Event, events[i].At);
        return directories;
    }
}
