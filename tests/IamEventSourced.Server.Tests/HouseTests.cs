using System.Runtime.CompilerServices;

namespace IamEventSourced.Server.Tests;

/// <summary>Which room may know whom: what project references can't hold.</summary>
public class HouseTests
{
    static readonly string Source = Path.GetFullPath(Path.Combine(Here(), "../../../src"));

    [Fact] public void Marten_is_known_in_the_store_alone() => Users("Marten").ShouldAllBe(file => file.StartsWith("IamEventSourced.Server/Store/", StringComparison.Ordinal));

    [Fact] public void Wolverine_is_known_on_the_bus_alone() =>
        Users("Wolverine").ShouldAllBe(file => file.StartsWith("IamEventSourced.Server/Bus/", StringComparison.Ordinal) || file == "IamEventSourced.Server/Hosting.cs" || file == "IamEventSourced.Server/Dev/ScenarioBus.cs");

    [Fact] public void The_account_and_the_policy_engine_need_no_package()
    {
        foreach (var project in new[] { "IamEventSourced", "IamEventSourced.PolicyEngine", "IamEventSourced.Client" })
            File.ReadAllText(Path.Combine(Source, project, $"{project}.csproj")).ShouldNotContain("PackageReference");
    }

    [Fact] public void There_is_something_to_look_at() => Users("Marten").Concat(Users("Wolverine")).Count().ShouldBeGreaterThan(5);

    static IEnumerable<string> Users(string library) =>
        from file in System.IO.Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Source, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal) && File.ReadLines(file).Any(line => line.StartsWith($"using {library}", StringComparison.Ordinal))
        select path;

    static string Here([CallerFilePath] string file = "") => file;
}
