namespace IamEventSourced.PolicyEngine.Tests;

internal static class Data
{
    internal static string Text(string name)
    {
        using var reader = new StreamReader(typeof(Data).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    internal static string[] Lines(string name) => Text(name).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
