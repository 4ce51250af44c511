using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>
/// Everything is done on a cluster of its own that writes down all that it can; then it is stopped, and every secret that was made or given is looked for in
/// every file of it, in what the nodes logged, measured and traced, and in what they said to each other.
/// </summary>
[Collection(Alone.Name)]
#pragma warning disable CA1001 // What captures the log holds nothing.
public class CanaryTests(PostgresFixture postgres)
{
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    // What PostgreSQL keeps is looked for as it lies in its files. It compresses large values, so it is told not to: what a table's row may hold,
    // not how well it is packed, is the question. The chunks of checkpoints, which we compress, are unpacked.
    const string Unpacked = """
        do $$ declare c record; begin
          for c in select a.attrelid::regclass as t, a.attname from pg_attribute a join pg_class r on r.oid = a.attrelid join pg_namespace n on n.oid = r.relnamespace
            where r.relkind in ('r', 'p') and n.nspname !~ '^pg_|information_schema' and a.attnum > 0 and not a.attisdropped and a.attstorage in ('x', 'm')
          loop execute format('alter table %s alter %I set storage external', c.t, c.attname); end loop;
        end $$
        """;

    const string TypedAsName = "a password that was typed where the name belongs";

    // What has to be found, and where: without it, that nothing is found would say nothing.
    static readonly (string Name, string Place)[] Planted =
    [
        ("a planted text", "file data/base/"), ("planted bytes", "file data/base/"), ("a planted UTF-16", "file data/base/"), ("a planted base 64", "file data/base/"), ("a planted large value", "file data/base/"), ("a planted row that was deleted", "file data/base/"),
        ("a planted text", "file data/pg_wal/"), ("a planted command id", "file data/pg_wal/"), ("a planted command id", "file data/base/"), ("a planted statement", "file log"),
        ("a planted line", "the log"), ("a planted line", "logs by OTLP"), ("a planted span", "traces by OTLP"), ("planted between nodes", "said between nodes"), ("a planted name", "checkpoint"),
    ];

    readonly Needles _needles = new();
    readonly HashSet<SecretKind> _kinds = [];
    readonly Captured _log = new();

    [Fact]
    public async Task No_secret_that_was_made_or_given_is_to_be_found_anywhere_when_all_is_over()
    {
        if ((await PostgresBinaries.FindAsync()).Count is 0) Assert.Skip("no PostgreSQL server programs on this machine");
        var home = System.IO.Directory.CreateTempSubdirectory("iam-canary-").FullName;
        var cluster = await PrivatePostgres.StartAsync(home, new Dictionary<string, string>
        {
            ["log_statement"] = "all", ["log_min_messages"] = "debug1", ["log_min_duration_statement"] = "0", ["log_parameter_max_length"] = "-1", ["log_parameter_max_length_on_error"] = "-1", ["wal_compression"] = "off", ["max_connections"] = "100",
        });
        List<(string Place, byte[] Content)> heaps = [];
        try
        {
            await using (var database = NpgsqlDataSource.Create(cluster.ConnectionString))
            await using (var create = database.CreateCommand("create database canary")) await create.ExecuteNonQueryAsync();
            await Run(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = "canary", MaxPoolSize = 20 }.ConnectionString, heaps);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await cluster.DisposeAsync();
        }
        heaps.Add(("the log", Encoding.UTF8.GetBytes(_log.Text)));
        var files = System.IO.Directory.EnumerateFiles(cluster.ClusterFolder, "*", SearchOption.AllDirectories).ToList();
        files.ShouldContain(file => file.Contains("/pg_wal/", StringComparison.Ordinal));

        List<(string Name, string Place)> found = [];
        foreach (var (place, content) in heaps)
        {
            content.Length.ShouldBeGreaterThan(0, place);
            found.AddRange(_needles.FoundIn(content).Select(name => (name, place)));
        }
        foreach (var file in files)
        {
            await using var content = File.OpenRead(file);
            found.AddRange(_needles.FoundIn(content).Select(name => (name, $"file {Path.GetRelativePath(cluster.ClusterFolder, file)}")));
        }
        // Found is what was put there to be found, and nothing else.
        foreach (var (name, place) in Planted) found.ShouldContain(one => one.Name == name && one.Place.StartsWith(place, StringComparison.Ordinal), $"{name} in {place}");
        found.RemoveAll(one => Planted.Any(planted => planted.Name == one.Name));
        // What is typed as a name is looked up as one, and this PostgreSQL writes down what it is asked.
        found.ShouldAllBe(one => one.Name == TypedAsName && one.Place == "file log");
        _kinds.ShouldBe(SecretKind.All, ignoreOrder: true);

        await PrivatePostgres.DeleteAsync(home);
        System.IO.Directory.Delete(home, recursive: true);
    }

    async Task Run(string database, List<(string, byte[])> heaps)
    {
        await Schema.Migrate(database);
        await Execute(database, Unpacked);
        await using var collector = new Collector();
        Relay[] relays = [new(), new()];
        await using (var bus = new BusFixture(postgres) { Database = database, Configure = Node(relays[0]) })
        {
            await bus.InitializeAsync();
            var server = bus.Server;
            await Execute(database, Unpacked);
            relays[0].To = new(server.Url);
            var other = await server.StartNode(Node(relays[1]));
            relays[1].To = new(other);
            await OwnerTests.Acquainted(server);

            await Plant(server, bus, database, relays[1]);
            await Credentials(server, bus, other);
            await Master(server, database);
            foreach (var checkpoint in await Checkpoints(server)) heaps.Add(("checkpoint", checkpoint));
        } // all that waits is sent and written
        foreach (var signal in (string[])["logs", "traces", "metrics"]) heaps.Add(($"{signal} by OTLP", [.. collector.Received($"/v1/{signal}").SelectMany(body => body)]));
        foreach (var relay in relays)
        {
            await relay.DisposeAsync();
            heaps.Add(("said between nodes", relay.Heard));
        }

        Action<WebApplicationBuilder> Node(Relay relay) => builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Logging.AddProvider(_log);
            builder.Configuration["Iam:NodeAddress"] = relay.Url;
            builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url;
            builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            builder.Configuration["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        };
    }

    /// <summary>Every credential there is, made, used rightly and wrongly, and ended, at either node.</summary>
    async Task Credentials(ServerFixture server, BusFixture bus, string other)
    {
        Made(SecretKind.AccessKey, "the operator's key", server.Operator.Secret.Reveal());
        Made(SecretKind.AccessKey, "root's key", server.Root.Secret.Reveal());
        (await bus.Answered(new CreateUser("cara"), "by-bus")).Refusal.ShouldBeNull();
        (await bus.Answered(new CreateAccessKey("cara"), "secret-by-bus")).Refusal.ShouldNotBeNull();
        await bus.Send("CreateMurmuration", "{}", "unknown-by-bus");
        (await bus.ReplyTo("unknown-by-bus")).ShouldNotBeNull();
        (await server.Post(new PutUserPolicy("cara", "all", Everything))).Code.ShouldBeNull();
        (await server.Post(new CreateAccountAlias("canary-works"))).Code.ShouldBeNull();
        foreach (var url in (string[])[server.Url, other])
        {
            var key = Heard(await server.Post(new CreateAccessKey("cara"), url: url))!;
            var session = await server.Client(key, url: url).Ask(new GetSessionToken());
            var given = session.Answer!.Credentials;
            _needles.Add("a session's secret", given.SecretAccessKey.Reveal());
            _needles.Add("a session's token", given.SessionToken.Reveal());
            Key temporary = new(given.AccessKeyId, given.SecretAccessKey, given.SessionToken);
            (await server.Post(new GetCallerIdentity(), temporary, url: url)).Status.ShouldBe(200);
            (await server.Post(new GetCallerIdentity(), temporary with { Token = new(given.SessionToken.Reveal() + "A") }, url: url)).Status.ShouldBe(403);
            (await server.Post(new GetCallerIdentity(), new(key.Id, server.Operator.Secret), url: url)).Code.ShouldBe("SignatureDoesNotMatch");
            await Passwords(server, url);
            await Devices(server, url);
            await Emails(server, url);
            foreach (var (secret, scope) in new[] { key.Secret, server.Root.Secret }.SelectMany(secret => new[] { "iam", "sts" }.Select(service => (secret, new SigningScope(DateTimeOffset.UtcNow.ToString("yyyyMMdd", CultureInfo.InvariantCulture), "us-east-1", service)))))
                _needles.Add("a signing key", SignatureV4.DeriveKey(secret, scope));
        }
        foreach (var name in (string[])["leaf-key", "rsa-key"])
        {
            var lines = Certificates.Pem(name).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Made(SecretKind.PrivateKey, "a private key", lines[1]);
            _needles.Add("a private key", Convert.FromBase64String(string.Concat(lines[1..^1])).AsSpan(^24..));
        }
        (await server.Post(new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")), url: other)).Status.ShouldBe(200);
        (await server.Post(new UploadServerCertificate("mail", Certificates.Pem("rsa"), Certificates.Pem("leaf-key")))).Status.ShouldBe(400);
        foreach (var sent in await Story.Play(server, other)) Heard(sent.Reply);
        Heard(await server.Post(new RecoverRoot("lost"), server.Operator, url: other));
        await server.CreateAccount("210987654321");
        (await server.Post(new CloseAccount(), server.Operator, account: "210987654321")).Code.ShouldBeNull();
    }

    async Task Passwords(ServerFixture server, string url)
    {
        string[] passwords = [.. Enumerable.Range(0, 5).Select(_ => $"Aa1-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}")];
        foreach (var password in (string[])[.. passwords, "Correct-Horse-7", "Battery-Staple-9"]) Made(SecretKind.Password, "a password", password);
        _needles.Add("a password's hash", "$argon2id$v=19");
        (await server.Post(new CreateLoginProfile("cara", passwords[0]), url: url)).Code.ShouldBeNull();
        (await server.Post(new UpdateLoginProfile("cara", passwords[1], true), url: url)).Code.ShouldBeNull();
        using var browser = new Browser(server);
        (await browser.SignIn("canary-works", "cara", passwords[2], url: url)).Code.ShouldBe("AuthenticationFailed");
        var typed = $"Aa1-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";
        _needles.Add(TypedAsName, typed);
        (await browser.SignIn("canary-works", typed, passwords[2], url: url)).Code.ShouldBe("AuthenticationFailed");
        (await browser.SignIn("canary-works", "cara", passwords[1], passwords[3], url)).Status.ShouldBe(200);
        foreach (var cookie in browser.Cookies.Values) _needles.Add("a cookie", cookie.Split('.')[1]);
        (await browser.Ask(new ChangePassword(passwords[4], passwords[2]), url)).Code.ShouldNotBeNull();
        (await browser.Ask(new ChangePassword(passwords[3], "short"), url)).Code.ShouldBe("PasswordPolicyViolation");
        (await browser.Ask(new ChangePassword(passwords[3], passwords[4]), url)).Code.ShouldBeNull();
        (await browser.SignOut(url)).Status.ShouldBe(204);
        (await server.Post(new DeleteLoginProfile("cara"), url: url)).Code.ShouldBeNull();
    }

    async Task Devices(ServerFixture server, string url)
    {
        var name = $"phone-{new Uri(url).Port}";
        var made = await server.Post(new CreateVirtualMFADevice(name), url: url);
        Heard(made);
        var seed = Encoding.ASCII.GetString(Convert.FromBase64String(made.Json["VirtualMFADevice"]!["Base32StringSeed"]!.GetValue<string>()));
        SerialNumber serial = made.Json["VirtualMFADevice"]!["SerialNumber"]!.GetValue<string>();
        var (one, next) = MFACodes.At(seed, DateTimeOffset.UtcNow, -2);
        (await server.Post(new EnableMFADevice("cara", serial, "000000", "000000"), url: url)).Code.ShouldNotBeNull();
        (await server.Post(new EnableMFADevice("cara", serial, one, next), url: url)).Code.ShouldBeNull();
        (await server.Post(new DeactivateMFADevice(serial, "cara"), url: url)).Code.ShouldBeNull();
        (await server.Post(new DeleteVirtualMFADevice(serial), url: url)).Code.ShouldBeNull();
    }

    /// <summary>Root's e-mail address, given, taken by another, tried, used and told.</summary>
    async Task Emails(ServerFixture server, string url)
    {
        string[] addresses = [.. Enumerable.Range(0, 3).Select(_ => $"Root.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}@Canary-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.example")];
        foreach (var address in addresses)
            foreach (var written in (string[])[address, address.ToLowerInvariant()]) Made(SecretKind.PrimaryEmail, "an e-mail address", written);
        (await server.Post(new PutPrimaryEmail(addresses[0]), url: url)).Code.ShouldBeNull();
        (await server.Post(new PutPrimaryEmail(addresses[1]), url: url)).Code.ShouldBeNull();
        (await server.Post(new GetPrimaryEmail(), url: url)).Body.ShouldContain(addresses[1]);
        (await server.Post(new CreateAccount("Canary", addresses[1]), server.Operator, account: "210987654322", url: url)).Code.ShouldBe("EntityAlreadyExists");
        (await server.Post(new SimulateCommands([CommandInput.Of(new PutPrimaryEmail(addresses[2]))]), url: url)).Code.ShouldBeNull();
        using var browser = new Browser(server);
        foreach (var address in addresses) (await browser.Post("/sign-in", new { Email = address, Password = "Not-The-Password-1" }, url)).Code.ShouldBe("AuthenticationFailed");
    }

    /// <summary>The keys that others are sealed under, the new master key among them.</summary>
    async Task Master(ServerFixture server, string database)
    {
        var file = server.Node(0).GetRequiredService<ServerOptions>().MasterKeyFile;
        var (old, @new) = ((await File.ReadAllTextAsync(file)).Trim(), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        foreach (var key in (string[])[old, @new])
        {
            _needles.Add("a master key", key);
            _needles.Add("a master key", Convert.FromBase64String(key));
        }
        await File.WriteAllTextAsync(file, $"{@new}\n{old}\n");
        (await Verbs.Run(["rotate", $"--ConnectionStrings:iamowner={database}", $"--Iam:MasterKeyFile={file}"])).ShouldBe(0);
        foreach (var account in (AccountId[])[server.Account, AccountId.Operator])
            _needles.Add("a data key", (await server.Node(0).GetRequiredService<Secrets>().Unwrap(account, (await server.Node(0).GetRequiredService<AccountStore>().ReadDataKey(account, default))!, default)).Bytes);
    }

    /// <summary>Puts into each place, in each way in which secrets are looked for, something that has to be found.</summary>
    async Task Plant(ServerFixture server, BusFixture bus, string database, Relay relay)
    {
        await Execute(database, "create table planted (text text, bytes bytea)");
        await Execute(database, Unpacked);
        await Insert(New("a planted text"), Encoding.UTF8.GetBytes(New("planted bytes")));
        await Insert(Convert.ToBase64String(Encoding.UTF8.GetBytes("xy" + New("a planted base 64"))), Encoding.Unicode.GetBytes(New("a planted UTF-16")));
        await Insert(new string('a', 100_000) + New("a planted large value") + new string('b', 100_000), []);
        await Insert(New("a planted row that was deleted"), []);
        await Execute(database, "delete from planted where length(bytes) = 0 and length(text) < 1000");
        await Execute(database, $"select '{New("a planted statement")}'");
        server.Node(0).GetRequiredService<ILoggerFactory>().CreateLogger("planted").LogTrace("{Canary}", New("a planted line"));
        using (var source = new ActivitySource(Telemetry.Name)) source.StartActivity(New("a planted span"))!.Dispose();
        (await bus.Answered(new CreateGroup(New("a planted name")), New("a planted command id"))).Refusal.ShouldBeNull();
        using var connection = new System.Net.Sockets.TcpClient("127.0.0.1", new Uri(relay.Url).Port);
        await connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"GET /{New("planted between nodes")} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        (await connection.GetStream().ReadAsync(new byte[1])).ShouldBe(1);

        string New(string name)
        {
            var canary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
            _needles.Add(name, canary);
            return canary;
        }

        async Task Insert(string text, byte[] bytes)
        {
            await using var source = NpgsqlDataSource.Create(database);
            await using var insert = source.CreateCommand("insert into planted values ($1, $2)");
            foreach (var value in (object[])[text, bytes]) insert.Parameters.Add(new() { Value = value });
            await insert.ExecuteNonQueryAsync();
        }
    }

    static async Task<List<byte[]>> Checkpoints(ServerFixture server)
    {
        (await server.Node(0).GetRequiredService<Checkpoints>().Write(server.Node(0).GetRequiredService<LiveAccounts>().Live(server.Account)!.Directory, default)).ShouldBeTrue();
        List<byte[]> contents = [];
        foreach (var row in await server.Query("select content from iam.checkpoint_chunks"))
        {
            var chunk = (byte[])row[0]!;
            using var unpacked = new System.IO.Compression.BrotliStream(new MemoryStream(chunk, sizeof(int), chunk.Length - sizeof(int)), System.IO.Compression.CompressionMode.Decompress);
            var content = new MemoryStream();
            await unpacked.CopyToAsync(content);
            contents.Add(content.ToArray());
        }
        contents.ShouldNotBeEmpty();
        return contents;
    }

    /// <summary>A secret of which we were told, or which we told.</summary>
    void Made(SecretKind kind, string name, string secret)
    {
        _kinds.Add(kind);
        _needles.Add(name, secret);
    }

    /// <summary>What an answer told, as it does once.</summary>
    Key? Heard(WireReply reply)
    {
        reply.Code.ShouldBeNull(reply.Body);
        if (reply.Body.Length is 0 || reply.Json is not System.Text.Json.Nodes.JsonObject answer) return null;
        if (answer["VirtualMFADevice"] is { } device)
        {
            var seed = Encoding.ASCII.GetString(Convert.FromBase64String(device["Base32StringSeed"]!.GetValue<string>()));
            Made(SecretKind.MFASeed, "an MFA device's seed", seed);
            _needles.Add("an MFA device's seed", OneTimePassword.Read(seed));
            var picture = Convert.FromBase64String(device["QRCodePNG"]!.GetValue<string>());
            _needles.Add("an MFA device's picture", picture.AsSpan(picture.Length / 2, 48));
        }
        if (answer["AccessKey"]?["SecretAccessKey"]?.GetValue<string>() is not { } secret) return null;
        Made(SecretKind.AccessKey, "an access key", secret);
        return new(answer["AccessKey"]!["AccessKeyId"]!.GetValue<string>(), new(secret));
    }

    static async Task Execute(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
