using System.CommandLine;

namespace IamEventSourced.Cli;

/// <summary>What every verb understands.</summary>
static class GlobalOptions
{
    public static readonly Option<string?> Server = new("--server") { Description = "Where the service is; else AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL, or endpoint_url of the profile", HelpName = "URL", Recursive = true };
    public static readonly Option<string?> Profile = new("--profile") { Description = "The profile of AWS's config and credentials files; else the keys in the environment, AWS_PROFILE, or default", HelpName = "NAME", Recursive = true };
    public static readonly Option<string?> Account = new("--account") { Description = "The account that is asked; else the one that the access key belongs to", HelpName = "ID", Recursive = true };
    public static readonly Option<string?> Export = new("--export") { Description = "Answer from this file alone, as iam export wrote it and iam verify checked it: no server is asked, nobody's permission is needed", HelpName = "FILE", Recursive = true };
    public static readonly Option<string?> AsOf = new("--as-of") { Description = "Of this revision, or of this time (2026-11-24, 2026-11-24T05:06:07Z)", HelpName = "REVISION|TIME", Recursive = true };
    public static readonly Option<long?> AtLeast = new("--at-least") { Description = "Of this revision or a later one", HelpName = "REVISION", Recursive = true };
    public static readonly Option<Format?> Output = new("--output", "-o") { Description = "How answers are written: table (for people, default on a terminal), json (the API's shape, default elsewhere), jsonl, yaml, csv", HelpName = "FORMAT", Recursive = true };
    public static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Say nothing; the exit status tells: 0 allowed or done, 1 failure, 2 usage, 3 denied, 4 not found, 5 conflict, 6 unreachable, 7 not proven", Recursive = true };

    public static IEnumerable<Option> All => [Server, Profile, Account, Export, AsOf, AtLeast, Output, Quiet];
}
