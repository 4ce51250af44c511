using System.Globalization;
using IamEventSourced.Client;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What the program can be told to do.</summary>
static class Verbs
{
    const string Help = """
        iam-server serve                  serve; ConnectionStrings__iam names the database
        iam-server migrate                make or update the database's tables and roles, and the queues that Iam__AlertsQueue and Iam__HeadsQueue name; ConnectionStrings__iamowner (else iam) names it as its owner
        iam-server compare ACCOUNT|--all  compare the rows kept with rows made anew from the stream, and with the directory; exit status 0: they are the same
        iam-server rebuild ACCOUNT        make the account's rows anew from its stream, beside live traffic; needs the owner's connection string
        iam-server send ACCOUNT FILE [--url http://127.0.0.1:8080] [--credentials FILE] [--in-flight 64] [--from LINE] [--go-on yes]
                                          send commands, one JSON line each, as {"CreateUser":{"UserName":"alice"}}, to a server (FILE -: standard input); an empty line
                                          waits for all before it; each is carried out once, however often the file is sent; the first refusal ends it unless it is to go on
        iam-server rotate                 wrap the accounts' data keys anew, under the master key that is the first of Iam__MasterKeyFile (or Iam__MasterKey), beside live traffic; the one
                                          they were under has to be there too, for this and all nodes; needs the owner's connection string; exit status 0: none is under another any more
        iam-server retain [--Days=N] [--AddressDays=N] [--DecisionDays=N]  drop refused attempts, uses of access keys and addresses that are older than 400 days, and decisions older than 90, or as many as are
                                          given; needs the owner's connection string
        iam-server erase ACCOUNT USER|--all  erase what is personal beside the account's stream, of one user or of all (its ARN, or its unique id; root by its ARN): where its requests came from, what was refused it and decided about it, when it signed in
                                          and what it used, root's e-mail address; who is signed in is signed out; events stay, and so does every proof; needs the owner's connection string
        iam-server subscribe ACCOUNT NAME QUEUE [--Tell=events|notices|both] [--From=REVISION]
                                          tell a subscriber on the bus what happens in the account, from now on or from a revision (1: from the first; also to tell all again), in a queue of
                                          PostgreSQL, which is made: the events as they are exported (iam-event), what each gave and took (iam-access-notice), or both; needs the owner's connection string
        iam-server subscribers [ACCOUNT]  who is told what, and how far; needs the owner's connection string
        iam-server unsubscribe ACCOUNT NAME  tell it nothing more; its queue stays; needs the owner's connection string
        iam-server health                 whether the node that listens at Urls is ready, and what it says of itself; exit status 0: it is
        iam-server adopt ACCOUNT [FILES]  give the account the AWS-managed policies of this version, with those in FILES (a file or a folder of *.json) beside them; as the operator, at the server at Urls
        iam-server recover-root ACCOUNT FILE --reason=WHY  break the glass: give root of the account a new access key, which is written to FILE (0600), in place of all that it has; as the operator, at the
                                          server at Urls; the reason stays in the account's history
        iam-server dev [options]          everything on one machine, with a scenario (see ./run --help)

        Settings come as environment variables or --Name=value: Iam__MasterKeyFile (or Iam__MasterKey, the keys themselves), Iam__OperatorKeyFile, Iam__NodeAddress, Urls.
        """;

    /// <summary>Runs a verb; the exit status.</summary>
    public static async Task<int> Run(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["dev", .. var rest]: return await DevServer.Run(rest);
                case ["migrate", .. var rest]: return await Migrate(rest);
                case ["compare", "--all", .. var rest]: return await Compare(null, rest);
                case ["compare", var account, .. var rest]: return await Compare(account, rest);
                case ["rebuild", var account, .. var rest]: return await Rebuild(account, rest);
                case ["send", var account, var file, .. var rest]: return await Send(account, file, rest);
                case ["rotate", .. var rest]: return await Rotate(rest);
                case ["retain", .. var rest]: return await Retain(rest);
                case ["erase", var account, "--all", .. var rest]: return await Erase(account, null, rest);
                case ["erase", var account, [not '-', ..] user, .. var rest]: return await Erase(account, user, rest);
                case ["erase", ..]: throw new FormatException("erase takes an account and then a user, or --all.");
                case ["subscribe", var account, var name, var queue, .. var rest]: return await Subscribe(account, name, queue, rest);
                case ["subscribers", .. var rest]: return await ShowSubscribers(rest);
                case ["unsubscribe", var account, var name, .. var rest]: return await Unsubscribe(account, name, rest);
                case ["health", .. var rest]: return await Health.Ask(Setting(rest, "Urls") ?? Setting(rest, "ASPNETCORE_URLS") ?? "http://127.0.0.1:5000") ? 0 : 1;
                case ["adopt", var account, .. var rest]: return await Adopt(account, rest);
                case ["recover-root", var account, var file, .. var rest]: return await RecoverRoot(account, file, rest);
                case ["serve", .. var rest]: return await Serve(rest);
                case []: return await Serve([]);
                case ["help" or "--help" or "-h", ..]: Console.WriteLine(Help); return 0;
                default: Console.Error.WriteLine($"There is no verb {args[0]}.\n\n{Help}"); return 2;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or NpgsqlException or PostgresUnavailableException or MasterKeyUnavailableException or IOException or FormatException or BrokenStreamException or ArgumentException or System.Net.Sockets.SocketException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    static async Task<int> Serve(string[] args)
    {
        await using var app = Hosting.Build(args);
        await Hosting.Start(app);
        await app.WaitForShutdownAsync();
        return 0;
    }

    static async Task<int> Migrate(string[] args)
    {
        string[] queues = [.. ((string[])["HeadsQueue", "AlertsQueue"]).Select(setting => Messages.QueueOfOthers($"Iam__{setting}", Setting(args, $"Iam:{setting}"))).OfType<string>()];
        await Schema.Migrate(Owner(args));
        await using var database = NpgsqlDataSource.Create(Owner(args));
        foreach (var queue in queues) await MakeQueue(database, args, queue);
        Console.WriteLine("The database is up to date.");
        return 0;
    }

    /// <summary>Makes a queue that servers may send to.</summary>
    static async Task MakeQueue(NpgsqlDataSource database, string[] args, string queue)
    {
        await Messages.MigrateBus(Owner(args), queue);
        await using var grant = database.CreateCommand($"grant insert, select (id) on {Messages.Table(queue)} to {Schema.ServerRole}");
        await grant.ExecuteNonQueryAsync();
    }

    /// <summary>Compares one account, or all where none is given.</summary>
    static async Task<int> Compare(AccountId? account, string[] args)
    {
        await using var database = await Migrated(args);
        var differences = 0;
        foreach (var one in account is not null ? [account] : await Comparison.Accounts(database))
        {
            var difference = await Comparison.FirstDifference(database, one);
            if (difference is not null) differences++;
            Console.WriteLine($"Account {one}: {difference ?? "rows kept, rows made anew and directory are the same."}");
        }
        return differences is 0 ? 0 : 1;
    }

    static async Task<int> Rebuild(AccountId account, string[] args)
    {
        await using var database = await Migrated(args);
        await Comparison.Rebuild(database, account);
        Console.WriteLine($"Account {account}: the rows were made anew.");
        return 0;
    }

    static async Task<int> Send(AccountId account, string file, string[] args)
    {
        var (key, secret) = CredentialsFile.Read(Setting(args, "credentials") ?? throw new InvalidOperationException("Whose key signs? --credentials names a file as AWS's tools read them."));
        var client = IamClient.Create(new(Setting(args, "url") ?? "http://127.0.0.1:8080"), account, key, secret);
        var sending = new BulkSend(client, int.Parse(Setting(args, "in-flight") ?? "64", CultureInfo.InvariantCulture), Setting(args, "go-on") is "yes", Console.Error);
        using var lines = file is "-" ? Console.In : File.OpenText(file);
        var left = await sending.Run(lines, long.Parse(Setting(args, "from") ?? "1", CultureInfo.InvariantCulture));
        if (left is { } line) Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Not all was done; go on with --from {line}."));
        return left is null && sending.Refused is 0 ? 0 : 1;
    }

    static async Task<int> Rotate(string[] args)
    {
        var left = 0;
        await using var database = await Migrated(args);
        var (count, key) = await KeyRotation.Run(database, MasterKeys.Of(Configuration(args)), (account, why) =>
        {
            left++;
            Console.Error.WriteLine($"Account {account}: {why.Message}");
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} data keys were wrapped anew; {(left is 0 ? "all" : $"all but {left}")} are under the master key {key}."));
        return left is 0 ? 0 : 1;
    }

    static async Task<int> Retain(string[] args)
    {
        var (days, addressDays, decisionDays) = (Number("Days", Retention.Days), Number("AddressDays", Retention.Days), Number("DecisionDays", Retention.DecisionDays));
        await using var database = await Migrated(args);
        Console.WriteLine($"{await Retention.Apply(database, DateTimeOffset.UtcNow, days, addressDays, decisionDays)} months of refused attempts older than {days} days were dropped, with uses of access keys as old; addresses older than {addressDays} days erased, and decisions older than {Math.Min(decisionDays, addressDays)} days dropped.");
        return 0;

        int Number(string name, int otherwise) => Setting(args, name) is not { } text ? otherwise
            : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new FormatException($"--{name} takes a number of days from 1.");
    }

    /// <summary>Erases of one user, or of everybody where none is given.</summary>
    static async Task<int> Erase(AccountId account, string? user, string[] args)
    {
        // What is taken for a setting's value could have been meant as whom.
        if (Array.Find(args, arg => !arg.StartsWith("--", StringComparison.Ordinal) || !arg.Contains('=', StringComparison.Ordinal)) is { } odd) throw new FormatException($"erase does not take {odd}; settings are given as --Name=value.");
        await using var database = await Migrated(args);
        if (account != AccountId.Operator && !(await Comparison.Accounts(database)).Contains(account)) throw new InvalidOperationException($"There is no account {account}.");
        var erased = await Erasure.Run(database, account, user is null ? null : await Erasure.PrincipalOf(database, account, user));
        Console.WriteLine($"Account {account}: erased of {user ?? "everybody"}: {string.Join(", ", erased.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table.Rows} {table.Table.Replace('_', ' ')}")))}.");
        return 0;
    }

    static async Task<int> Subscribe(AccountId account, string name, string queue, string[] args)
    {
        var (events, notices) = (Setting(args, "Tell") ?? "both") switch { "events" => (true, false), "notices" => (false, true), "both" => (true, true), var other => throw new FormatException($"--Tell: {other} is none of events, notices and both.") };
        long? from = Setting(args, "From") is not { } text ? null : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new FormatException("--From takes a revision, from 1.");
        if (Messages.QueueOfOthers("QUEUE", queue) is null) throw new FormatException("QUEUE: it has no name.");
        await using var database = await Migrated(args);
        await MakeQueue(database, args, queue);
        await Subscribers.Put(database, account, name, queue, events, notices, from);
        foreach (var subscriber in await Subscribers.Read(database, account, default))
            if (subscriber.Name == name) Console.WriteLine(Line(subscriber));
        return 0;
    }

    static async Task<int> ShowSubscribers(string[] args)
    {
        var account = args is [var first, ..] && !first.StartsWith("--", StringComparison.Ordinal) ? new AccountId(first) : null;
        await using var database = await Migrated(account is null ? args : args[1..]);
        foreach (var subscriber in await Subscribers.Read(database, account, default)) Console.WriteLine(Line(subscriber));
        return 0;
    }

    static async Task<int> Unsubscribe(AccountId account, string name, string[] args)
    {
        await using var database = await Migrated(args);
        var removed = await Subscribers.Remove(database, account, name);
        Console.WriteLine(removed ? $"Account {account}: {name} is told nothing more." : $"Account {account} has no subscriber {name}.");
        return removed ? 0 : 1;
    }

    static string Line(Subscriber subscriber) => string.Create(CultureInfo.InvariantCulture,
        $"Account {subscriber.Account}: {subscriber.Name} is told {(subscriber.Events ? subscriber.Notices ? "events and notices" : "events" : "notices")} in {subscriber.Queue}; it has been told all until revision {subscriber.Revision}, {subscriber.Lag} behind.");

    static string? Setting(string[] args, string name) => Configuration(args)[name];

    static async Task<int> Adopt(AccountId account, string[] args)
    {
        var files = args is [var first, ..] && !first.StartsWith("--", StringComparison.Ordinal) ? first : null;
        var settings = files is null ? args : args[1..];
        var policies = files is null ? [] : (System.IO.Directory.Exists(files) ? System.IO.Directory.EnumerateFiles(files, "*.json", SearchOption.AllDirectories) : [files]).SelectMany(Read).ToArray();
        var reply = await OperatorsClient(account, settings).Send(new AdoptCatalogue(policies));
        Console.WriteLine(reply.Refusal?.Message ?? $"Account {account}: since revision {reply.Revision} it has the catalogue {reply.Answer!.Digest}.");
        return reply.Refusal is null ? 0 : 1;

        static IReadOnlyList<CataloguePolicy> Read(string file)
        {
            try { return CataloguePolicy.Read(File.ReadAllText(file)); }
            catch (FormatException e) { throw new FormatException($"{file}: {e.Message}", e); }
        }
    }

    static async Task<int> RecoverRoot(AccountId account, string file, string[] args)
    {
        RecoveryReason reason = Setting(args, "reason") ?? throw new InvalidOperationException("Why? --reason stays in the account's history.");
        if (File.Exists(file)) throw new IOException($"{file} is there already.");
        var reply = await OperatorsClient(account, args).Send(new RecoverRoot(reason));
        if (reply.Refusal is null) CredentialsFile.Write(file, "root", reply.Answer!.AccessKey.AccessKeyId, reply.Answer.AccessKey.SecretAccessKey!);
        Console.WriteLine(reply.Refusal?.Message ?? $"Account {account}: since revision {reply.Revision} root has the access key {reply.Answer!.AccessKey.AccessKeyId}, in {file}, and no other.");
        return reply.Refusal is null ? 0 : 1;
    }

    static IamClient OperatorsClient(AccountId account, string[] args)
    {
        var url = Setting(args, "Urls")?.Split(';')[0] ?? throw new InvalidOperationException("No server is named: set Urls.");
        var (id, secret) = CredentialsFile.Read(Setting(args, "Iam:OperatorKeyFile") ?? new ServerOptions().OperatorKeyFile);
        return IamClient.Create(new(url), account, id, secret);
    }

    /// <summary>The database as its owner.</summary>
    /// <exception cref="InvalidOperationException">It has not been migrated.</exception>
    internal static async Task<NpgsqlDataSource> Migrated(string[] args)
    {
        var database = NpgsqlDataSource.Create(Owner(args));
        if (await Schema.Missing(database, default) is not { } missing) return database;
        await database.DisposeAsync();
        throw new InvalidOperationException(missing);
    }

    static string Owner(string[] args)
    {
        var configuration = Configuration(args);
        return configuration.GetConnectionString("iamowner") ?? configuration.GetConnectionString(Hosting.ConnectionName)
            ?? throw new InvalidOperationException("No database is configured: set ConnectionStrings__iamowner.");
    }

    static IConfigurationRoot Configuration(string[] args) => new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
}
