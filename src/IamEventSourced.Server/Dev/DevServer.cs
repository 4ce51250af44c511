using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using IamEventSourced.Client;
using Microsoft.AspNetCore.Connections;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The dev verb: a database found or started, migrated, a server on loopback, an account with its root's key, and the scenario.</summary>
static class DevServer
{
    static readonly AccountId Account = "123456789012";

    /// <summary>Runs until it is told to stop; the exit status.</summary>
    public static async Task<int> Run(string[] args)
    {
        if (args.Contains("--help", StringComparer.Ordinal) || args.Contains("-h", StringComparer.Ordinal))
        {
            Console.WriteLine(DevOptions.Help);
            return 0;
        }
        var options = DevOptions.Read(args);
        var began = Stopwatch.GetTimestamp();
        if (options.Reset)
        {
            if (options.Database is not null) throw new InvalidOperationException("--reset empties what ./run keeps itself, not a database that you give with --database.");
            if (System.IO.Directory.Exists(options.Data) && System.IO.Directory.EnumerateFileSystemEntries(options.Data).Any() && !File.Exists(Path.Combine(options.Data, "postgres.lock")))
                throw new InvalidOperationException($"{options.Data} holds what ./run did not put there; --reset leaves it alone.");
            await DevDatabase.DeleteAsync(options.Data);
            Files.Delete(options.Data);
        }
        await using var database = await DevDatabase.OpenAsync(options.Database, options.Data, Console.Error.WriteLine);
        File.Delete(Path.Combine(System.IO.Directory.CreateDirectory(options.Data).FullName, "ready.json")); // of an earlier run; the data are ours now
        var files = new Files(options.Data);
        Console.WriteLine($"  postgres   {database.Description,-38} data  {options.Data}   (kept)");

        await Schema.Migrate(database.ConnectionString);
        await using var app = Hosting.Build([], builder =>
        {
            builder.WebHost.UseUrls($"http://127.0.0.1:{options.Port}");
            builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical); // why it can't start is said in one line
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                [$"ConnectionStrings:{Hosting.ConnectionName}"] = database.ConnectionString,
                ["Iam:MasterKeyFile"] = files.MasterKey,
                ["Iam:OperatorKeyFile"] = files.Operator,
                ["Iam:LedgerKeyFile"] = files.MakeLedgerKey(),
                ["Iam:HeadsFolder"] = files.Heads,
            });
        });
        try { await Hosting.Start(app); }
        catch (IOException e) when (e.InnerException is AddressInUseException || e.InnerException is SocketException)
        {
            throw new InvalidOperationException($"Port {options.Port} of 127.0.0.1 is in use; choose another with --port N, or 0 for any that is free.", e);
        }

        var url = app.Urls.Single();
        var @operator = files.ReadOperator();
        var first = await MakeAccount(url, Account, @operator, files);
        files.Ready(url, Account);
        Console.WriteLine($"  server     {url,-38} ready in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s\n");

        if (options.Scenario) await Play(first, url, @operator, files, database.ConnectionString);
        Console.WriteLine($"""
              next   AWS_CONFIG_FILE={files.AwsConfig} \
                     AWS_SHARED_CREDENTIALS_FILE={files.AwsCredentials} aws iam list-users
                     {url}{OpenApi.PagePath}   the JSON API, described
                     operator's key: {files.Operator}
              Ctrl-C stops the server, then the database. Not for production: one node, keys in files.
            """);
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>The scenario, in the account itself at the first run; later in a new account, so that nobody's work is touched.</summary>
    static async Task Play(bool first, string url, (AccessKeyId Id, Secret Secret) @operator, Files files, string database)
    {
        var account = Account;
        var (key, secret) = files.ReadRoot(Account);
        if (!first)
        {
            var fresh = await NewAccount(url, @operator);
            (account, key, secret) = (fresh.Account, fresh.Key, fresh.Secret);
        }
        await using var bus = await ScenarioBus.Start(database, account, new MessageSigner(key, secret));
        await new Scenario(Console.Out, url, account, (key, secret), bus).Play();
    }

    static async Task<(AccountId Account, AccessKeyId Key, Secret Secret)> NewAccount(string url, (AccessKeyId Id, Secret Secret) @operator)
    {
        for (; ; )
        {
            AccountId account = Random.Shared.NextInt64(100_000_000_000, 1_000_000_000_000).ToString("D12", System.Globalization.CultureInfo.InvariantCulture);
            var made = await IamClient.Create(new(url), account, @operator.Id, @operator.Secret).Send(new CreateAccount("Scenario"));
            if (made.Answer is { AccessKey: { SecretAccessKey: { } secret } key }) return (account, key.AccessKeyId, secret);
        }
    }

    /// <summary>Makes the account and writes its root's key, at the first run.</summary>
    /// <returns>Whether it was made now.</returns>
    static async Task<bool> MakeAccount(string url, AccountId account, (AccessKeyId Id, Secret Secret) @operator, Files files)
    {
        if (files.HasRoot(account))
        {
            files.WriteAws(url, account);
            return false;
        }
        var made = await IamClient.Create(new(url), account, @operator.Id, @operator.Secret).Send(new CreateAccount("Example"));
        if (made.Answer?.AccessKey.SecretAccessKey is not { } secret)
            throw new InvalidOperationException($"Account {account} is there, but its root's key is not in {files.Root(account)} any more ({made.Refusal?.Message}). Put it back, or start anew with ./run --reset.");
        CredentialsFile.Write(files.Root(account), "default", made.Answer.AccessKey.AccessKeyId, secret);
        files.WriteAws(url, account);
        return true;
    }

    /// <summary>The files of a dev server beside its database.</summary>
    sealed class Files
    {
        readonly string _data;

        public Files(string data)
        {
            _data = data;
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(Path.Combine(data, "keys"));
            else System.IO.Directory.CreateDirectory(Path.Combine(data, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            System.IO.Directory.CreateDirectory(Path.Combine(data, "aws"));
        }

        public string MasterKey => Path.Combine(_data, "keys", "master");
        public string Operator => Path.Combine(_data, "keys", "operator");
        public string Heads => Path.Combine(_data, "heads");
        public string AwsConfig => Path.Combine(_data, "aws", "config");
        public string AwsCredentials => Path.Combine(_data, "aws", "credentials");
        public string Root(AccountId account) => Path.Combine(_data, "keys", $"root-{account}");
        public bool HasRoot(AccountId account) => File.Exists(Root(account));

        /// <summary>The key that signs tree heads; made where there is none.</summary>
        public string MakeLedgerKey()
        {
            var path = Path.Combine(_data, "keys", "ledger");
            LedgerKeyFile.CreateIfNone(path);
            return path;
        }

        public (AccessKeyId Id, Secret Secret) ReadOperator() => File.Exists(Operator) ? CredentialsFile.Read(Operator)
            : throw new InvalidOperationException($"The operator's key is not in {Operator} any more. Put it back, or start anew with ./run --reset.");

        public (AccessKeyId Id, Secret Secret) ReadRoot(AccountId account) => CredentialsFile.Read(Root(account));

        public void WriteAws(string url, AccountId account)
        {
            var (key, secret) = ReadRoot(account);
            File.WriteAllText(AwsConfig, $"[default]\nregion = us-east-1\noutput = json\nendpoint_url = {url}\n");
            CredentialsFile.Write(AwsCredentials, "default", key, secret);
        }

        public void Ready(string url, AccountId account)
        {
            var draft = Path.Combine(_data, "ready.json.new");
            File.WriteAllText(draft, JsonSerializer.Serialize(new { url, account = account.Value }) + "\n");
            File.Move(draft, Path.Combine(_data, "ready.json"), overwrite: true);
        }

        public static void Delete(string data)
        {
            foreach (var folder in new[] { "keys", "aws", "heads" })
                if (System.IO.Directory.Exists(Path.Combine(data, folder))) System.IO.Directory.Delete(Path.Combine(data, folder), recursive: true);
            File.Delete(Path.Combine(data, "ready.json"));
        }
    }
}
