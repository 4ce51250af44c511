namespace IamEventSourced.Cli;

/// <summary>Who asks and where, as AWS's tools find it: from the environment and the files <c>config</c> and <c>credentials</c>.</summary>
/// <param name="Server">Where the service is; null: not said.</param>
/// <param name="Key">The access key; null: none.</param>
/// <param name="Secret">Its secret.</param>
/// <param name="SessionToken">What goes with temporary credentials.</param>
/// <param name="Region">The region to sign for.</param>
sealed record Profile(string? Server, string? Key, Secret? Secret, Secret? SessionToken, string Region)
{
    /// <summary>The profile of a name. A name on the command line goes before keys in the environment, these before the files.</summary>
    /// <exception cref="CannotException">There is no profile of the name that was given.</exception>
    public static Profile Of(string? given, Func<string, string?> environment)
    {
        var name = given ?? environment("AWS_PROFILE") ?? environment("AWS_DEFAULT_PROFILE") ?? "default";
        var config = Section(environment("AWS_CONFIG_FILE") ?? InHome("config"), name is "default" ? ["default", "profile default"] : [$"profile {name}"]);
        var credentials = Section(environment("AWS_SHARED_CREDENTIALS_FILE") ?? InHome("credentials"), [name]);
        if (given is not null && config is null && credentials is null) throw CannotException.Usage($"--profile: there is no profile {given}.");

        var server = environment("AWS_ENDPOINT_URL_IAM") ?? environment("AWS_ENDPOINT_URL") ?? Value("endpoint_url");
        var region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? Value("region") ?? "us-east-1";
        if (given is null && environment("AWS_ACCESS_KEY_ID") is { Length: > 0 } key)
            return new(server, key, Hidden(environment("AWS_SECRET_ACCESS_KEY")), Hidden(environment("AWS_SESSION_TOKEN")), region);
        return new(server, Value("aws_access_key_id"), Hidden(Value("aws_secret_access_key")), Hidden(Value("aws_session_token")), region);

        string? Value(string key) => credentials?.GetValueOrDefault(key) ?? config?.GetValueOrDefault(key);
        string InHome(string file) => Path.Combine(environment("HOME") ?? environment("USERPROFILE") ?? "", ".aws", file);
        static Secret? Hidden(string? value) => value is { Length: > 0 } ? new(value) : null;
    }

    /// <summary>A section's settings; null: there is none of these names. Lines that are indented belong to the setting above them.</summary>
    static Dictionary<string, string>? Section(string file, string[] names)
    {
        if (!File.Exists(file)) return null;
        Dictionary<string, string>? found = null;
        var inside = false;
        foreach (var line in File.ReadLines(file).Where(line => line.Length > 0 && !char.IsWhiteSpace(line[0]) && line[0] is not ('#' or ';')))
            if (line[0] is '[' && line.IndexOf(']', StringComparison.Ordinal) is > 0 and var end)
            {
                inside = names.Contains(string.Join(' ', line[1..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparer.Ordinal);
                if (inside) found ??= new(StringComparer.OrdinalIgnoreCase);
            }
            else if (inside && line.Split('=', 2) is [var key, var value]) found![key.Trim()] = value.Trim();
        return found;
    }
}
