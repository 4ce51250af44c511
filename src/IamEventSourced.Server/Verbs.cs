using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What the program can be told to do.</summary>
static class Verbs
{
    const string Help = """
        iam-server serve                  serve; ConnectionStrings__iam names the database
        iam-server migrate                make or update the database's tables and roles; ConnectionStrings__iamowner (else iam) names it as its owner
        iam-server compare ACCOUNT        compare the rows kept with rows made anew from the stream, and with the directory
        iam-server dev [options]          everything on one machine, with a scenario (see ./run --help)

        Settings come as environment variables or --Name=value: Iam__MasterKeyFile, Iam__OperatorKeyFile, Urls.
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
                case ["serve", .. var rest]: return await Serve(rest);
                case []: return await Serve([]);
                case ["help" or "--help" or "-h", ..]: Console.WriteLine(Help); return 0;
                default: Console.Error.WriteLine($"There is no verb {args[0]}.\n\n{Help}"); return 2;
            }
        }
        catch (Exception e) when (e is InvalidOperationException or NpgsqlException or PostgresUnavailableException or MasterKeyUnavailableException or IOException)
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
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        var owner = configuration.GetConnectionString("iamowner") ?? configuration.GetConnectionString(Hosting.ConnectionName)
            ?? throw new InvalidOperationException("No database is configured: set ConnectionStrings__iamowner.");
        await Schema.Migrate(owner);
        Console.WriteLine("The database is up to date.");
        return 0;
    }
}
