using System.Globalization;

namespace IamEventSourced.Server;

/// <summary>What `./run` is told.</summary>
sealed record DevOptions
{
    public const string Help = """
        ./run                     start PostgreSQL and the server, show the main job, stay up
          --data DIR              keep everything in DIR (default: a folder of this clone in the user's state folder)
          --port N                listen on 127.0.0.1:N (default 8080; 0: any free port)
          --database CONNECTION   use this PostgreSQL (Npgsql's form, as a role that may create roles), not one of our own
          --no-scenario           do not play the scenario
          --reset                 forget all data of earlier runs first
          --help                  this

        IAM_POSTGRES=docker uses Docker even where PostgreSQL is on the machine; IAM_PG_BIN names a folder with its programs.
        As soon as it can answer, DIR/ready.json (url, account), DIR/aws/config and DIR/aws/credentials (root's key) are there.
        """;

    public string Data { get; init; } = DataFolder.Default();
    public int Port { get; init; } = 8080;
    public string? Database { get; init; }
    public bool Scenario { get; init; } = true;
    public bool Reset { get; init; }

    /// <exception cref="InvalidOperationException">An argument is not known, or has no good value.</exception>
    public static DevOptions Read(string[] args)
    {
        var options = new DevOptions();
        var i = 0;
        for (; i < args.Length; i++)
            options = args[i] switch
            {
                "--data" => options with { Data = Path.GetFullPath(Value()) },
                "--port" => options with { Port = int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port < 65536 ? port : throw new InvalidOperationException("--port takes a number from 0 to 65535.") },
                "--database" => options with { Database = Value() },
                "--no-scenario" => options with { Scenario = false },
                "--reset" => options with { Reset = true },
                var other => throw new InvalidOperationException($"{other} is not known; ./run --help says what is."),
            };
        return options;

        string Value() => ++i < args.Length ? args[i] : throw new InvalidOperationException($"{args[i - 1]} takes a value.");
    }
}
