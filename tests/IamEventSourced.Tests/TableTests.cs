namespace IamEventSourced.Tests;

public class TableTests
{
    sealed record Key(int Number)
    {
        public override int GetHashCode() => Number % 7; // many keys to one hash
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void It_is_what_a_dictionary_is(int seed)
    {
        var random = new Random(seed);
        var table = Table<Key, int>.Empty;
        var dictionary = new Dictionary<Key, int>();
        for (var i = 0; i < 5000; i++)
        {
            var key = new Key(random.Next(300));
            if (random.Next(3) is 0) { table = table.Without(key); dictionary.Remove(key); }
            else { table = table.With(key, i); dictionary[key] = i; }
            if (i % 100 is 0) Entries(table).OrderBy(e => e.Key.Number).ShouldBe(dictionary.OrderBy(e => e.Key.Number));
            table.Count.ShouldBe(dictionary.Count);
        }

        static List<KeyValuePair<Key, int>> Entries(Table<Key, int> table)
        {
            List<KeyValuePair<Key, int>> entries = [];
            foreach (var entry in table) entries.Add(entry);
            return entries;
        }
    }

    [Fact] public void Keys_whose_hashes_part_at_the_last_bits_are_all_gone_through()
    {
        int[] late = [0, 1 << 30, 2 << 30, 3 << 30, 1 << 25, 1 << 5, 1, 33];
        var table = Table<int, int>.Of(late.Select(hash => KeyValuePair.Create(unchecked(hash * 340573321), hash)));
        List<int> seen = [];
        foreach (var (_, hash) in table) seen.Add(hash);
        seen.Order().ShouldBe(late.Order());
        table.Select(entry => entry.Value).ShouldBe(seen);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void Differences_lead_from_one_to_the_other(int seed)
    {
        var random = new Random(seed);
        var before = Table<int, string>.Empty;
        for (var i = 0; i < 2000; i++) before = before.With(random.Next(5000), "a" + i);
        var after = before;
        for (var i = 0; i < 50; i++) after = random.Next(2) is 0 ? after.With(random.Next(5000), "b" + i) : after.Without(random.Next(5000));
        var walked = before;
        var steps = Table<int, string>.Differences(before, after).ToList();
        steps.Count.ShouldBeLessThanOrEqualTo(50);
        foreach (var (key, _, value) in steps) walked = value is null ? walked.Without(key) : walked.With(key, value);
        walked.OrderBy(e => e.Key).ShouldBe(after.OrderBy(e => e.Key));
    }
}
