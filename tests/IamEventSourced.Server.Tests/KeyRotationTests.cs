using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>A new master key takes the place of one that is in use, and nobody notices.</summary>
public class KeyRotationTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_master_key_changes_under_load_and_nothing_fails()
    {
        await using var server = await ServerFixture.Start(postgres, ServerFixture.Announced);
        List<string> urls = [server.Url, await server.StartNode(ServerFixture.Announced)];
        await OwnerTests.Reaches(server, 0, 1);
        await OwnerTests.Reaches(server, 1, 0);
        for (var i = 0; i < 5; i++) await server.CreateAccount(string.Create(CultureInfo.InvariantCulture, $"2000000000{i:D2}"));
        var directory = server.Node(0).GetRequiredService<LiveAccounts>().Live(server.Account)!.Directory;
        (await server.Node(0).GetRequiredService<Checkpoints>().Write(directory, default)).ShouldBeTrue();
        var file = server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile;
        var (old, @new) = ((await File.ReadAllTextAsync(file)).Trim(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var (oldId, newId) = (MasterKey.Parse(old, "").Single().Id, MasterKey.Parse(@new, "").Single().Id);
        (await Ids()).ShouldBe([oldId]);

        using var over = new CancellationTokenSource();
        var (failures, done) = (new ConcurrentQueue<string>(), 0);
        var load = Enumerable.Range(0, 8).Select(worker => Task.Run(() => Load(worker))).ToList();
        await Passes(20);

        // Known to all nodes, then the current one; without a restart.
        Replace($"{old}\n{@new}\n");
        Replace($"{@new}\n{old}\n");
        await Passes(20);
        (await Verbs.Run(["rotate", $"--ConnectionStrings:iamowner={server.Database}", $"--Iam:MasterKeyFile={file}"])).ShouldBe(0);
        await Passes(20);
        (await Ids()).ShouldBe([newId]);

        // The old one is taken away; nodes start with the new one alone, from a checkpoint that an earlier one wrote, and others hear them.
        Replace(@new);
        urls.Add(await server.StartNode(ServerFixture.Announced));
        await OwnerTests.Reaches(server, 2, 0, 1);
        await Passes(30);
        await over.CancelAsync();
        await Task.WhenAll(load);
        failures.ShouldBeEmpty();
        (await Ids()).ShouldBe([newId]);
        (await server.Node(2).GetRequiredService<Checkpoints>().Open(server.Account, default)).ShouldNotBeNull();

        // And without the new one nothing starts.
        Replace(old);
        (await Should.ThrowAsync<InvalidOperationException>(async () => await server.StartNode())).Message.ShouldContain(newId);

        // Commands, signed questions, new users' first requests, and new accounts with data keys of their own, at whichever node.
        async Task Load(int worker)
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
                try
                {
                    string Url(int turn) => urls[(worker + turn) % urls.Count];
                    UserName name = string.Create(CultureInfo.InvariantCulture, $"user-{worker}-{i}");
                    Fail((await server.Client(url: Url(i)).Send(new CreateUser(name))).Refusal);
                    var made = await server.Client(url: Url(i + 1)).Send(new CreateAccessKey(name));
                    Fail(made.Refusal);
                    Fail((await server.Client(new(made.Answer!.AccessKey.AccessKeyId, made.Answer.AccessKey.SecretAccessKey!), url: Url(i + 2)).Ask(new GetCallerIdentity())).Refusal);
                    if (i % 4 is 0)
                    {
                        AccountId account = string.Create(CultureInfo.InvariantCulture, $"3{worker:D2}{i:D9}");
                        var root = await server.Client(server.Operator, account, Url(i)).Send(new CreateAccount());
                        Fail(root.Refusal);
                        Fail((await server.Client(new(root.Answer!.AccessKey.AccessKeyId, root.Answer.AccessKey.SecretAccessKey!), account, Url(i + 1)).Send(new CreateUser("first"))).Refusal);
                    }
                    Interlocked.Increment(ref done);
                }
                catch (Exception e) { failures.Enqueue(e.ToString()); }
        }

        void Fail(IamError? refusal)
        {
            if (refusal is not null) failures.Enqueue(refusal.ToString());
        }

        async Task Passes(int rounds)
        {
            var until = Volatile.Read(ref done) + rounds;
            await Until.True(() => Task.FromResult(Volatile.Read(ref done) >= until || !failures.IsEmpty), TimeSpan.FromSeconds(60), "the load does not go on");
        }

        void Replace(string keys)
        {
            var draft = file + ".draft";
            File.WriteAllText(draft, keys);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(draft, file, overwrite: true);
        }

        async Task<List<string>> Ids() => [.. (await server.Query("select distinct master_key from iam.data_keys")).Select(row => (string)row[0]!)];
    }

    [Fact]
    public async Task A_data_key_that_does_not_unwrap_is_named_and_the_others_are_wrapped_anew()
    {
        await using var server = await ServerFixture.Start(postgres);
        await server.CreateAccount("200000000001");
        await server.CreateAccount("200000000002");
        await server.Query("update iam.data_keys set wrapped = (select wrapped from iam.data_keys where account = '200000000002') where account = '200000000001'");
        await server.Query("update iam.data_keys set master_key = null where account = '200000000002'"); // as before keys had ids
        var file = server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile;
        var @new = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await File.WriteAllTextAsync(file, $"{@new}\n{await File.ReadAllTextAsync(file)}");

        List<AccountId> unfit = [];
        await using var database = await Verbs.Migrated([$"--ConnectionStrings:iamowner={server.Database}"]);
        var (count, key) = await KeyRotation.Run(database, MasterKeys.Read(file), (account, _) => unfit.Add(account));
        (count, key).ShouldBe((3, MasterKey.Parse(@new, "").Single().Id));
        unfit.ShouldBe([(AccountId)"200000000001"]);
        (await server.Query($"select account from iam.data_keys where master_key is distinct from '{key}'")).Select(row => row[0]).ShouldBe(["200000000001"]);
        (await KeyRotation.Run(database, MasterKeys.Read(file), (_, _) => { })).Count.ShouldBe(0);
    }

    /// <summary>Master keys at another place, which is not always there.</summary>
    sealed class Elsewhere(IKeyManagement keys) : IKeyManagement
    {
        public bool IsGone { get; set; }
        async ValueTask<IKeyManagement> There()
        {
            await Task.Yield();
            return IsGone ? throw new MasterKeyUnavailableException("There is no way to the keys.") : keys;
        }
        public async ValueTask<WrappedKey> Wrap(AccountId account, ReadOnlyMemory<byte> key, CancellationToken cancel) => await (await There()).Wrap(account, key, cancel);
        public async ValueTask<byte[]> Unwrap(AccountId account, WrappedKey wrapped, CancellationToken cancel) => await (await There()).Unwrap(account, wrapped, cancel);
        public async ValueTask<string> CurrentKeyId(CancellationToken cancel) => await (await There()).CurrentKeyId(cancel);
    }

    [Fact]
    public async Task Accounts_that_are_live_go_on_without_the_place_of_the_master_keys_and_others_wait_for_it()
    {
        Elsewhere? place = null;
        await using var server = await ServerFixture.Start(postgres, node => node.Services.AddSingleton<IKeyManagement>(made => place = new(MasterKeys.Of(node.Configuration, mayCreate: true))));
        var other = await server.CreateAccount("200000000001");
        var url = await server.StartNode(node => node.Services.AddSingleton<IKeyManagement>(place!));
        (await server.Client(url: url).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();

        place!.IsGone = true;
        (await server.Client(url: url).Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
        var made = (await server.Client(url: url).Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        (await server.Client(new(made.AccessKeyId, made.SecretAccessKey!), url: url).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        (await server.Client(other, "200000000001", url).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("ServiceUnavailable");
        (await server.Client(server.Operator, "200000000002", url).Send(new CreateAccount())).Refusal!.Code.ShouldBe("ServiceUnavailable");

        place.IsGone = false;
        (await server.Client(other, "200000000001", url).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        (await server.Client(server.Operator, "200000000002", url).Send(new CreateAccount())).Refusal.ShouldBeNull();
    }
}
