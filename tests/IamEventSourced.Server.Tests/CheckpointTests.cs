using System.Globalization;

namespace IamEventSourced.Server.Tests;

/// <summary>A directory that was stored is the directory, and nothing else opens as one.</summary>
public class CheckpointTests : IIdSource
{
    static readonly byte[] Key = new byte[32], Leaf = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    static readonly AccountId Account = "123456789012";
    static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    int _ids;

    public string Next(string prefix) => $"{prefix}{++_ids:D17}";
    public AccessKeyId NextAccessKeyId(AccountId account) => AccessKeyId.Of(account, (ulong)++_ids);
    public Secret NextSecretAccessKey() => new("a secret that is in no checkpoint");
    public Secret NextMFASeed() => new("seed");

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5)]
    public void After_any_history_the_directory_that_is_opened_is_the_one_that_was_written(int seed)
    {
        var commands = new RandomCommands(seed, Account);
        var directory = Carried(new Directory(Account), new CreateAccount("Works"), new OperatorCaller("AKIAIOSFODNN7EXAMPLE"));
        var root = new RootCaller(Account, directory.RootKeys.Single().Key);
        Directory? opened = null;
        var users = 0;
        for (var i = 0; i < 1500; i++)
        {
            var command = commands.Next();
            if (i % 100 is 0) (opened, users) = (Opened(directory), users + directory.Users.Count);
            var before = _ids;
            var (decided, again) = (Decided(directory, command, root), "");
            _ids = before;
            again = Decided(opened!, command, root);
            again.ShouldBe(decided, $"seed {seed}, command {i}");
            _ids = before;
            (directory, opened) = (Carried(directory, command, root), Later(before, () => Carried(opened!, command, root)));
            commands.Keys.Clear();
            commands.Keys.AddRange(directory.KeyOwners.Select(key => key.Key).OrderBy(key => key.Value, StringComparer.Ordinal));
            commands.SSHKeyIds.Clear();
            commands.SSHKeyIds.AddRange(directory.Users.After(null).SelectMany(user => user.SSHPublicKeys).Select(key => key.Key).OrderBy(key => key.Value, StringComparer.Ordinal));
        }
        Deep.Text(opened).ShouldBe(Deep.Text(directory), $"seed {seed}"); // changed in the same way, they come to the same
        Deep.Text(Opened(directory)).ShouldBe(Deep.Text(directory), $"seed {seed}");
        users.ShouldBeGreaterThan(15, "the directories that were opened had hardly anything in them");
    }

    Directory Later(int ids, Func<Directory> carried)
    {
        _ids = ids;
        return carried();
    }

    Directory Carried(Directory directory, ICommand command, Caller caller) =>
        directory.Decide(command, new(caller, "c", At(directory), this)).Events.Aggregate(directory, (so, @event) => so.Apply(@event, At(directory)));

    string Decided(Directory directory, ICommand command, Caller caller)
    {
        var outcome = directory.Decide(command, new(caller, "c", At(directory), this));
        return $"{outcome.Refusal} {string.Join("; ", outcome.Events)}";
    }

    static DateTimeOffset At(Directory directory) => Noon.AddMicroseconds(directory.Revision * 1_234_567);

    static Directory Opened(Directory directory) => Checkpoint.Of(directory, Leaf, Key).Open(Key, Leaf);

    [Fact]
    public void What_is_counted_goes_on_counting()
    {
        var opened = Opened(new Directory("123456789012").Apply(new AccountCreated((AccountName?)null), DateTimeOffset.UnixEpoch));
        opened.Apply(new UserCreated("AIDABOB0000000000001", "bob", "/"), DateTimeOffset.UnixEpoch).Counts.Users.ShouldBe(1);
    }

    /// <summary>Several chunks: texts that can't be made shorter.</summary>
    static Directory Large()
    {
        var random = new Random(1);
        string Odd() => string.Create(60_000, random, static (to, random) => { for (var i = 0; i < to.Length; i++) to[i] = (char)random.Next(0x20, 0xFF); });
        var directory = new Directory(Account).Apply(new AccountCreated("Works"), Noon);
        for (var i = 0; i < 60; i++)
        {
            UserId id = string.Create(CultureInfo.InvariantCulture, $"AIDA{i:D17}");
            directory = directory.Apply(new UserCreated(id, $"user{i}", "/"), Noon).Apply(new UserPolicyPut(id, "own", Odd()), Noon);
        }
        return directory;
    }

    [Fact]
    public void A_large_one_has_chunks_and_opens()
    {
        var directory = Large();
        Checkpoint.Of(directory, Leaf, Key).Chunks.Count.ShouldBeGreaterThan(2);
        Deep.Text(Opened(directory)).ShouldBe(Deep.Text(directory));
    }

    public static TheoryData<string, string> Harms => new()
    {
        { "account", "mac" }, { "revision", "mac" }, { "leaf", "mac" }, { "mac", "mac" }, { "content", "mac" }, { "missing chunk", "mac" }, { "no chunk", "mac" }, { "doubled chunk", "mac" }, { "order", "mac" }, { "shorter chunk", "mac" },
        { "other key", "mac" }, { "version", "version" }, { "history", "history" }, { "beyond", "beyond" },
    };

    [Theory, MemberData(nameof(Harms))]
    public void Anything_that_does_not_match_is_refused(string harm, string reason)
    {
        var whole = Checkpoint.Of(Large(), Leaf, Key);
        byte[] Bent(byte[] bytes) => [.. bytes[..^1], (byte)(bytes[^1] ^ 1)];
        var harmed = harm switch
        {
            "account" => whole with { Account = "210987654321" },
            "revision" => whole with { Revision = whole.Revision - 1 },
            "leaf" => whole with { Leaf = Bent(whole.Leaf) },
            "mac" => whole with { Mac = Bent(whole.Mac) },
            "content" => whole with { Chunks = [Bent(whole.Chunks[0]), .. whole.Chunks.Skip(1)] },
            "missing chunk" => whole with { Chunks = [.. whole.Chunks.SkipLast(1)] },
            "no chunk" => whole with { Chunks = [] },
            "doubled chunk" => whole with { Chunks = [.. whole.Chunks, whole.Chunks[^1]] },
            "order" => whole with { Chunks = [.. whole.Chunks.Reverse()] },
            "shorter chunk" => whole with { Chunks = [whole.Chunks[0][..^1], .. whole.Chunks.Skip(1)] },
            "version" => whole with { Version = "1.0.0" },
            _ => whole,
        };
        whole.Open(Key, Leaf).Account.ShouldBe(Account);
        Should.Throw<RefusedCheckpointException>(() => harmed.Open(harm is "other key" ? Bent(Key) : Key, harm switch { "history" => Bent(Leaf), "beyond" => null, _ => harmed.Leaf })).Reason.ShouldBe(reason);
    }

    public sealed record Thing(UserName Name, PolicyDescription? Description)
    {
        public int Number { get; init; } = 5;
        public Table<UserId, Stamp> Links { get; init; } = Table<UserId, Stamp>.Empty;
        public bool IsThere { get; init; }
        public long? Perhaps { get; init; }
        public DayOfWeek Day { get; init; }
        public DateTimeOffset At { get; init; }
        public string? Word { get; init; }
    }

    /// <summary>The bytes of each form, for ever: written otherwise they need another <c>Checkpoint.Format</c>.</summary>
    [Fact]
    public void The_format_is_this_one()
    {
        var thing = new Thing("Zoë".Replace('ë', 'e'), null)
        {
            Number = -300, Links = Table<UserId, Stamp>.Empty.With("AIDABOB0000000000001", new(7, Noon)), IsThere = true, Perhaps = 1L << 40, Day = DayOfWeek.Friday, At = Noon.AddMicroseconds(5), Word = "é",
        };
        var writer = new ChunkWriter();
        new RecordForm<Thing>().Write(writer, thing);
        var chunk = writer.Chunks().ShouldHaveSingleItem();
        var content = new byte[BitConverter.ToInt32(chunk)];
        System.IO.Compression.BrotliDecoder.TryDecompress(chunk.AsSpan(4), content, out _).ShouldBeTrue();
        Convert.ToHexStringLower(content).ShouldBe(Golden);
        Deep.Text(new RecordForm<Thing>().Read(new([chunk]))).ShouldBe(Deep.Text(thing));
        new RecordForm<Thing>().Shape.ShouldBe("Thing(Name UserName, Description PolicyDescription, At time, Day DayOfWeek(0=Sunday,1=Monday,2=Tuesday,3=Wednesday,4=Thursday,5=Friday,6=Saturday), IsThere bool, Links {UserId: stamp}, Number int, Perhaps long?, Word string)");
    }

    const string Golden = "0202065a6f65008ac0f4a5f487bde3010a0202022841494441424f42303030303030303030303030310e09d704028080808080400204c3a9";

    public sealed record Forgetful(UserName Name)
    {
        readonly int _hidden = Name.Value.Length;
        public int Hidden => _hidden;
    }

    public sealed record Strange(UserName Name, List<string> Words);

    [Fact]
    public void A_fact_that_no_form_would_keep_is_noticed()
    {
        Should.Throw<NotSupportedException>(() => new RecordForm<Forgetful>()).Message.ShouldContain("_hidden");
        Should.Throw<Exception>(() => new RecordForm<Strange>()).ToString().ShouldContain("List");
    }

    [Fact]
    public void Every_fact_of_the_directory_is_in_the_shape_and_so_in_the_version()
    {
        var shape = Form<Directory>.Own.Shape;
        foreach (var type in (Type[])[typeof(Directory), typeof(User), typeof(Group), typeof(ManagedPolicy), typeof(PolicyVersion), typeof(InlinePolicy), typeof(AccessKey), typeof(Quotas)])
            foreach (var property in type.GetProperties().Where(property => property.SetMethod is not null)) shape.ShouldContain($"{property.Name} ");
        Checkpoint.CurrentVersion.ShouldStartWith($"2.{Directory.FoldVersion}.");
    }
}
