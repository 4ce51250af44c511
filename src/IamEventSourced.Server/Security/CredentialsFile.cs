namespace IamEventSourced.Server;

/// <summary>An access key in the file format of AWS's tools.</summary>
static class CredentialsFile
{
    /// <summary>Writes the file anew, readable by its owner alone.</summary>
    public static void Write(string file, string profile, AccessKeyId key, Secret secret)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(file, options);
        writer.Write($"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = {secret.Reveal()}\n");
    }

    /// <summary>The key in a file that <see cref="Write"/> wrote.</summary>
    public static (AccessKeyId Id, Secret Secret) Read(string file)
    {
        var lines = File.ReadAllLines(file);
        return (Value("aws_access_key_id"), new(Value("aws_secret_access_key")));

        string Value(string name) => lines.Select(line => line.Split('=', 2)).FirstOrDefault(parts => parts.Length is 2 && parts[0].Trim() == name)?[1].Trim()
            ?? throw new InvalidOperationException($"{file} has no {name}.");
    }
}
