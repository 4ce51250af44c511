namespace IamEventSourced.Tests;

/// <summary>A loading changes in place what it made itself, and nothing else.</summary>
public class TransientTests
{
    const int Many = 3000;

    static RecordedEvent Recorded(long revision, AccountEvent @event) =>
        new("123456789012", revision, @event, Cast.Noon, new("operator", "AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::123456789012:root"), "c", 0, "c", null);

    /// <summary>Users that come, are renamed, join a group, leave it and go.</summary>
    static List<RecordedEvent> History(int seed, int count, Directory? from = null)
    {
        var random = new Random(seed);
        var users = from?.Users.After(null).Select(user => (user.Id, In: user.Groups.Count > 0)).ToList() ?? [];
        List<AccountEvent> events = from is null ? [new GroupCreated("AGPA00000000000000001", "all", "/")] : [];
        while (events.Count < count)
        {
            var at = users.Count is 0 ? -1 : random.Next(users.Count);
            switch (at < 0 ? 0 : random.Next(6))
            {
                case 0 or 1:
                    users.Add(($"AIDA{seed:D7}{events.Count:D10}", false));
                    events.Add(new UserCreated(users[^1].Id, $"user-{random.NextInt64():x}", "/"));
                    break;
                case 2: events.Add(new UserRenamed(users[at].Id, $"user-{random.NextInt64():x}", "/")); break;
                case 3 when !users[at].In: events.Add(new UserDeleted(users[at].Id)); users.RemoveAt(at); break;
                case 4 or 5:
                    events.Add(users[at].In ? new UserRemovedFromGroup("AGPA00000000000000001", users[at].Id) : new UserAddedToGroup("AGPA00000000000000001", users[at].Id));
                    users[at] = (users[at].Id, !users[at].In);
                    break;
            }
        }
        return [.. events.Select((@event, i) => Recorded((from?.Revision ?? 0) + i + 1, @event))];
    }

    static Directory OneByOne(Directory directory, List<RecordedEvent> events) => events.Aggregate(directory, (so, recorded) => so.Apply(recorded.Event, recorded.At));

    /// <summary>All that can be asked of it, as text.</summary>
    static string Picture(Directory directory) => string.Join('\n',
    [
        $"{directory.Revision} {directory.Users.Count} {directory.Groups.Count}",
        .. directory.Users.After(null).Select(user => $"{user.Id} {user.Name} {user.Created} {string.Join(',', user.Groups)} {directory.Users.Find(user.Name)?.Id}"),
        .. directory.Groups.After(null).SelectMany(group => group.Members.OrderBy(member => member.Key.Value, StringComparer.Ordinal).Select(member => $"{group.Name} {member.Key} {member.Value}")),
    ]);

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Events_loaded_together_are_what_they_are_one_by_one(int seed)
    {
        var events = History(seed, Many);
        Picture(new Directory("123456789012").Apply(events)).ShouldBe(Picture(OneByOne(new("123456789012"), events)));
    }

    [Theory, InlineData(1), InlineData(1500)]
    public void What_was_there_before_stays(int first)
    {
        var events = History(4, Many);
        var before = first < 1000 ? OneByOne(new("123456789012"), events[..first]) : new Directory("123456789012").Apply(events[..first]);
        var picture = Picture(before);
        var after = before.Apply(events[first..]);
        Picture(before).ShouldBe(picture);
        Picture(after).ShouldBe(Picture(OneByOne(new("123456789012"), events)));
    }

    [Fact]
    public void Once_loaded_it_is_like_any_other()
    {
        var loaded = new Directory("123456789012").Apply(History(5, Many));
        var picture = Picture(loaded);
        OneByOne(loaded, History(6, 500, loaded));
        Picture(loaded).ShouldBe(picture);
        loaded.Apply(History(7, Many, loaded));
        Picture(loaded).ShouldBe(picture);
    }

    [Fact]
    public void A_loading_ends_once()
    {
        var loading = new Loading(new("123456789012"));
        loading.Add(new GroupCreated("AGPA00000000000000001", "all", "/"), Cast.Noon);
        loading.End().Groups.Count.ShouldBe(1);
        Should.Throw<InvalidOperationException>(() => loading.Add(new GroupDeleted("AGPA00000000000000001"), Cast.Noon));
        Should.Throw<InvalidOperationException>(loading.End);
    }

    [Fact]
    public void A_loading_that_fails_leaves_the_directory_and_ends()
    {
        var events = History(8, Many);
        var before = new Directory("123456789012").Apply(events);
        var picture = Picture(before);
        List<RecordedEvent> broken = [.. History(9, Many, before), Recorded(2 * Many + 1, new UserDeleted("AIDA99999999999999999"))];
        Should.Throw<KeyNotFoundException>(() => before.Apply(broken));
        Picture(before).ShouldBe(picture);

        var one = before.Apply(new UserCreated("AIDA88888888888888888", "last", "/"), Cast.Noon);
        (before.Users.Find(new UserName("last")), one.Users.Find(new UserName("last"))?.Id.Value).ShouldBe((null, "AIDA88888888888888888"));
    }
}
