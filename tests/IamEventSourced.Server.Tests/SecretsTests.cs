using System.Buffers;
using System.Text;
using IamEventSourced.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IamEventSourced.Server.Tests;

/// <summary>A secret is said once, and then nowhere: neither in a table, nor in a log, nor in the database's files.</summary>
public class SecretsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_secrets_of_keys_that_were_made_are_nowhere_to_be_found()
    {
        var log = new Captured();
        await using var server = await ServerFixture.Start(postgres);
        var logBegan = await LogFile();
        // A node that writes down all that it can.
        var url = await server.StartNode(builder => { builder.Logging.ClearProviders(); builder.Logging.SetMinimumLevel(LogLevel.Trace); builder.Logging.AddProvider(log); });
        (await server.Post(new CreateUser("alice"), url: url)).Status.ShouldBe(200);
        List<string> secrets = [server.Root.Secret.Reveal(), server.Operator.Secret.Reveal()];
        var made = await server.Post(new CreateAccessKey("alice"), url: url, headers: ("Idempotency-Key", "make-1"));
        secrets.Add(made.Json["AccessKey"]!["SecretAccessKey"]!.GetValue<string>());
        var key = new Key(made.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>(), new(secrets[^1]));
        var account = await server.Post(new CreateAccount(), server.Operator, account: "210987654321", url: url, headers: ("Idempotency-Key", "make-2"));
        secrets.Add(account.Json["AccessKey"]!["SecretAccessKey"]!.GetValue<string>());

        // The same command again, by whichever node: done, and the key's id; the secret is not told twice.
        foreach (var again in (WireReply[])[
            await server.Post(new CreateAccessKey("alice"), url: url, headers: ("Idempotency-Key", "make-1")), await server.Post(new CreateAccessKey("alice"), headers: ("Idempotency-Key", "make-1")),
            await server.Post(new CreateAccount(), server.Operator, account: "210987654321", headers: ("Idempotency-Key", "make-2"))])
        {
            again.Status.ShouldBe(200, again.Body);
            again.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>().ShouldBe((again.Body.Contains("AccountId", StringComparison.Ordinal) ? account : made).Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>());
            again.Json["AccessKey"]!["SecretAccessKey"].ShouldBeNull();
        }
        // Two of one id at a time: the secret goes to one at most.
        var twins = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.Post(new CreateAccessKey("alice"), url: url, headers: ("Idempotency-Key", "make-3"))));
        twins.Select(reply => reply.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>()).Distinct().ShouldHaveSingleItem();
        secrets.Add(twins.Select(reply => reply.Json["AccessKey"]!["SecretAccessKey"]?.GetValue<string>()).OfType<string>().ShouldHaveSingleItem());

        // A private key is given, and never shown.
        var line = Certificates.Pem("leaf-key").Split('\n')[1];
        (await server.Post(new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")), url: url)).Status.ShouldBe(200);
        foreach (var wrong in (UploadServerCertificate[])[new("mail", Certificates.Pem("rsa"), Certificates.Pem("leaf-key")), new("mail", Certificates.Pem("leaf"), Certificates.Pem("leaf-key") + Certificates.Pem("leaf-key")), new("mail", Certificates.Pem("leaf"), Certificates.Pem("leaf-key"), null, Certificates.Pem("leaf-key"))])
            (await server.Post(wrong, url: url)).Status.ShouldBe(400);

        // Passwords are given too, and not even their hashes are shown.
        string[] passwords = ["Correct-Horse-7", "Battery-Staple-9", "Never-In-Force-1"];
        (await server.Post(new CreateLoginProfile("alice", passwords[0]), url: url)).Status.ShouldBe(200);
        (await server.Post(new UpdateLoginProfile("alice", passwords[1]), url: url)).Code.ShouldBeNull();
        (await server.Post(new ChangePassword(passwords[2], passwords[0]), url: url)).Code.ShouldBe("NoSuchEntity");

        // Uses of them, good and bad.
        (await server.Post(new GetCallerIdentity(), key, url: url)).Status.ShouldBe(200);
        (await server.Post(new GetCallerIdentity(), new(key.Id, server.Root.Secret), url: url)).Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Post(new CreateAccessKey("alice"), url: url)).Code.ShouldBe("LimitExceeded");
        (await server.Post(new GetEntityHistory(key.Id.Value), url: url)).Body.ShouldNotContain(secrets[2]);

        // What can be found is found: the searches see the key's id.
        var needles = secrets.Append(line).SelectMany(Forms).Concat(passwords).Concat(passwords.Select(password => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(password)))).Append("argon2id").ToList();
        var columns = await server.Query("select c.table_schema, c.table_name, c.column_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name) where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')");
        columns.Count.ShouldBeGreaterThan(80);
        (await FoundIn([key.Id.Value])).ShouldContain("iam.access_keys.access_key_id");
        (await FoundIn(needles)).ShouldBeEmpty();

        log.Text.ShouldContain("CreateAccessKey");
        needles.Where(log.Text.Contains).ShouldBeEmpty();

        var folder = (string)(await server.Query("show data_directory")).Single()[0]!;
        if (System.IO.Directory.Exists(folder))
        {
            await server.Query("checkpoint");
            var (bases, own) = (Path.Combine(folder, "base"), Path.Combine(folder, "base", (string)(await server.Query("select oid::text from pg_database where datname = current_database()")).Single()[0]!));
            var files = System.IO.Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(bases, StringComparison.Ordinal) || file.StartsWith(own, StringComparison.Ordinal)).ToList();
            var logEnds = await LogFile(); // of the write-ahead log what was written meanwhile
            files.RemoveAll(file => file.Contains("/pg_wal/", StringComparison.Ordinal) && (string.CompareOrdinal(Path.GetFileName(file), logBegan) < 0 || string.CompareOrdinal(Path.GetFileName(file), logEnds) > 0));
            files.ShouldContain(file => file.EndsWith(logEnds, StringComparison.Ordinal));
            FilesWith(files, [Encoding.UTF8.GetBytes(key.Id.Value)]).ShouldNotBeEmpty();
            FilesWith(files, [.. needles.Select(Encoding.UTF8.GetBytes), .. secrets.Select(Encoding.Unicode.GetBytes), .. secrets.Select(Convert.FromBase64String)]).ShouldBeEmpty();
        }

        // With the key goes its secret, sealed as it was.
        (await server.Query($"select 1 from iam.secrets where kind = 'access-key' and credential_id = '{key.Id}'")).ShouldHaveSingleItem();
        (await server.Post(new DeleteAccessKey(key.Id, "alice"), url: url)).Code.ShouldBeNull();
        (await server.Query($"select 1 from iam.secrets where credential_id = '{key.Id}'")).ShouldBeEmpty();
        (await server.Query("select count(*) from iam.secrets")).Single()[0].ShouldBe((long)secrets.Count + 1); // the private key and a password are among them, the operator's and the deleted are not

        async Task<string> LogFile() => (string)(await server.Query("select pg_walfile_name(pg_current_wal_lsn())")).Single()[0]!;

        async Task<List<string>> FoundIn(IReadOnlyCollection<string> texts)
        {
            List<string> found = [];
            foreach (var table in columns.GroupBy(column => $"{column[0]}.{column[1]}"))
                foreach (var row in await server.Query($"select {string.Join(", ", table.Select(column => $"\"{column[2]}\"::text"))} from {table.Key}")) // bytes come as hexadecimal
                    found.AddRange(table.Zip(row).Where(cell => cell.Second is string text && texts.Any(text.Contains)).Select(cell => $"{table.Key}.{cell.First[2]}"));
            return found;
        }
    }

    [Fact]
    public async Task A_secret_that_ends_in_the_batch_that_made_it_is_never_written()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-keys-").FullName;
        var secrets = new Secrets(MasterKeys.Of(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Iam:MasterKeyFile"] = Path.Combine(folder, "master") }).Build(), mayCreate: true));
        AccountId account = "123456789012";
        var (first, second) = (AccessKeyId.Of(account, 1), AccessKeyId.Of(account, 2));
        AccountEvent[] events = [new AccessKeyCreated(first, null, new Secret("1").Fingerprint()), new UserCreated("AIDABOB0000000000001", "bob", "/"), new AccessKeyCreated(second, null, new Secret("2").Fingerprint()), new AccessKeyDeleted(first, null)];
        var recorded = events.Select((@event, i) => new RecordedEvent(account, 5 + i, @event, default, new("p", first, Arn.Of(account, "root")), "c", 0, "c", null)).ToArray();
        NewSecret[] made = [new(SecretKind.AccessKey.Of(first), new("1")), new(SecretKind.AccessKey.Of(second), new("2"))];

        var change = await secrets.Keep(account, null, recorded, made, default);
        change.Sealed.Keys.ShouldBe([made[1].Id]);
        change.Ended.ShouldBe([made[0].Id]);
        change.Statements.SelectMany(statement => statement.Parameters).Count(parameter => Equals(parameter.Value, first.Value)).ShouldBe(0);
        change.DataKey!.Open(made[1].Id, 7, change.Sealed[made[1].Id]).Reveal().ShouldBe("2");
        Should.Throw<SecretUnreadableException>(() => change.DataKey!.Open(made[1].Id, 8, change.Sealed[made[1].Id]));
        await Should.ThrowAsync<InvalidOperationException>(async () => await secrets.Keep(account, null, recorded[1..2], made, default), "no secret without an event that keeps it");
        await Should.ThrowAsync<Exception>(async () => await secrets.Keep(account, null, recorded, [made[1]], default), "nor an event without its secret");
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task With_its_key_a_secret_goes_from_every_nodes_memory_and_with_its_account_all_of_them_go()
    {
        await using var server = await ServerFixture.Start(postgres);
        string[] urls = [server.Url, await server.StartNode()];
        var alice = await server.CreateUser("alice");
        foreach (var url in urls)
            foreach (var key in (Key[])[alice, server.Root]) (await server.Client(key, url: url).Ask(new GetCallerIdentity())).Refusal.ShouldBeNull();
        (await Held()).ShouldBe([1 + 2, 2], "the operator's, alice's and root's");

        (await server.Client().Send(new DeleteAccessKey(alice.Id, "alice"))).Refusal.ShouldBeNull();
        (await Held()).ShouldBe([1 + 1, 1]);
        foreach (var url in urls) (await server.Client(alice, url: url).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("InvalidClientTokenId");

        (await server.Client(server.Operator).Send(new CloseAccount())).Refusal.ShouldBeNull();
        (await Held()).ShouldBe([1, 0]);
        foreach (var url in urls) (await server.Client(url: url).Ask(new GetCallerIdentity())).Refusal!.Code.ShouldBe("InvalidClientTokenId");
        (await server.Query("select distinct account from iam.secrets")).Select(row => row[0]).ShouldBe([AccountId.Operator.Value]);

        async Task<int[]> Held()
        {
            for (var node = 0; node < 2; node++) await server.Node(node).GetRequiredService<LiveAccounts>().Live(server.Account)!.Newest(default);
            return [.. Enumerable.Range(0, 2).Select(node => server.Node(node).GetRequiredService<SigningKeys>().Count)];
        }
    }

    [Fact]
    public async Task A_database_from_before_there_were_kinds_is_migrated_with_its_secrets()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await server.Post(new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")))).Status.ShouldBe(200);
        var kinds = await server.Query("select credential_id, kind from iam.secrets order by credential_id");
        kinds.Select(row => row[1]).Distinct().ShouldBe(["access-key", "private-key"], ignoreOrder: true);
        await server.Query("alter table iam.secrets drop kind, add primary key (account, credential_id)");

        await Schema.Migrate(server.Database);
        await Schema.Migrate(server.Database);
        (await server.Query("select credential_id, kind from iam.secrets order by credential_id")).ShouldBe(kinds);
        (await server.Post(new GetCallerIdentity(), url: await server.StartNode())).Status.ShouldBe(200);
    }

    /// <summary>The secret as text, as base64 of itself, as hexadecimal, and as JSON or a URL would write it.</summary>
    static IEnumerable<string> Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return ((string[])[secret, Convert.ToBase64String(bytes), Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(Convert.FromBase64String(secret)), Uri.EscapeDataString(secret), secret.Replace("/", "\\/"), secret.Replace("+", "\\u002B"), secret[..20], secret[20..]]).Distinct();
    }

    static List<string> FilesWith(IEnumerable<string> files, IReadOnlyList<byte[]> needles)
    {
        // Byte for byte, all at once: what the tests beside this one wrote is searched too.
        var any = SearchValues.Create([.. needles.Select(Encoding.Latin1.GetString)], StringComparison.Ordinal);
        List<string> found = [];
        foreach (var file in files)
            try
            {
                if (Encoding.Latin1.GetString(File.ReadAllBytes(file)).AsSpan().ContainsAny(any)) found.Add(file);
            }
            catch (IOException) { } // it went away meanwhile
        return found;
    }
}
