using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What the program can be told to do.</summary>
static class Verbs
{
    const string Help = """
        iam-server serve                  serve; ConnectionStrings__iam names the database
        iam-server migrate                make or update the database's tables and roles; ConnectionStrings__iamowner (else iam) names it as its owner
        iam-server compare ACCOUNT        compare the rows kept with rows made anew from the stream, and with the directory
        iam-server rebuild ACCOUNT        make the account's rows anew from its stream, beside live traffic; needs the owner's connection string
        iam-server health                 whether the node that listens at Urls is ready, and what it says of itself; exit status 0: it is
        iam-server dev [options]          everything on one machine, with a scenario (see ./run --help)

        Settings come as environment variables or --Name=value: Iam__MasterKeyFile, Iam__OperatorKeyFile, Iam__NodeAddress, Urls.
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
                case ["compare", var account, .. var rest]: return await Compare(account, rest);
                case ["rebuild", var account, .. var rest]: return await Rebuild(account, rest);
                case ["health", .. var rest]: return await Health.Ask(Setting(rest, "Urls") ?? Setting(rest, "ASPNETCORE_URLS") ?? "http://127.0.0.1:5000") ? 0 : 1;
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
        await Schema.Migrate(Owner(args));
        Console.WriteLine("The database is up to date.");
        return 0;
    }

    static async Task<int> Compare(AccountId account, string[] args)
    {
        await using var database = NpgsqlDataSource.Create(Owner(args));
        var difference = await Comparison.FirstDifference(database, account);
        Console.WriteLine(difference ?? $"Account {account}: rows kept, rows made anew and directory are the same.");
        return difference is null ? 0 : 1;
    }

    static async Task<int> Rebuild(AccountId account, string[] args)
    {
        await using var database = NpgsqlDataSource.Create(Owner(args));
        await Comparison.Rebuild(database, account);
        Console.WriteLine($"Account {account}: the rows were made anew.");
        return 0;
    }

    static string? Setting(string[] args, string name) => new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build()[name];

    static string Owner(string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        return configuration.GetConnectionString("iamowner") ?? configuration.GetConnectionString(Hosting.ConnectionName)
            ?? throw new InvalidOperationException("No database is configured: set ConnectionStrings__iamowner.");
    }
}
