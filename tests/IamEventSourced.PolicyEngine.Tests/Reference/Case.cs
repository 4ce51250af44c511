using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Policies and a request, drawn from few words so that they meet often.</summary>
public sealed record Case(string[] Identity, string[]? Boundary, string Action, string Resource, (string Key, string? Single, string[]? List)[] Entries)
{
    internal RequestContext Context
    {
        get
        {
            var builder = new RequestContext.Builder();
            foreach (var (key, single, list) in Entries) builder.Set(key, single is null ? ContextValue.List(list!) : single);
            return builder.Build();
        }
    }

    internal AccessRequest Request => new(Action, Resource, Context);

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine();
        foreach (var policy in Identity) text.AppendLine(policy);
        foreach (var policy in Boundary ?? []) text.AppendLine("boundary " + policy);
        text.AppendLine($"{Action} on {Resource}");
        foreach (var (key, single, list) in Entries) text.AppendLine($"{key} = {single ?? "[" + string.Join(", ", list!) + "]"}");
        return text.ToString();
    }
}

public static class Cases
{
    private static readonly string[] Actions = ["s3:GetObject", "s3:PutObject", "S3:getobject", "s3:Get", "iam:GetUser", "ec2:Run", "s3express:Get"];
    private static readonly string[] ActionPatterns = ["*", "s3:*", "s3:Get*", "S3:GETOBJECT", "s3:?et*", "s3:*Object", "iam:*", "iam:GetUser", "ec2:R?n", "s3", "s3:*e*t*", "s3: Get"];
    private static readonly string[] Resources =
    [
        "*", "arn:aws:s3:::b", "arn:aws:s3:::b/alice", "arn:aws:s3:::b/alice/x", "arn:aws:s3:::b/*", "arn:aws:docs:us-east-1:1:doc/4", "arn:aws:docs:us-east-1:1:doc:4:x",
        "arn:aws-cn:docs:eu-west-1:1:doc/4", "arn:aws:iam::1:user/alice",
    ];
    private static readonly string[] Variables = ["${aws:username}", "${ AWS:UserName }", "${none}", "${none,'alice'}", "${none, '*'}", "${list}", "${empty,'b'}", "${*}", "${?}", "${$}", "${colon}", "${star}", "${"];
    private static readonly string[] Keys = ["aws:username", "list", "k", "K2", "none"];

    private static readonly string[] Values =
    [
        "alice", "ALICE", "al*", "a?ice", "*", "", "b", "true", "False", "5", "5.0", "50e-1", "-3", "007", "1e2", "5x", "2024-01-01", "2024-01-01T00:00:00Z", "2024-1-1T01:00+01:00",
        "1704067200", "2023-12-31T23:59:59.5Z", "10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "::/0", "2001:db8::/32", "2001:DB8:0::1", "YQ==", "YR==", "!!",
        "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:s3:*:*:b*", "arn:aws:*", "arn:aws:iam::1:user/${aws:username}", "${aws:username}", "${none}", "x${none,'y'}", "É", "é",
    ];

    private static readonly string[] Operators =
    [
        .. from test in Enum.GetNames<ConditionTest>() from set in new[] { "", "ForAllValues:", "ForAnyValue:" } from suffix in new[] { "", "IfExists" } where test != "Null" || suffix.Length == 0 select set + test + suffix,
    ];

    public static Arbitrary<Case> Case() => Arb.From(
        from identity in Policies(1, 3)
        from bounded in Gen.Frequency((2, Gen.Constant(false)), (1, Gen.Constant(true)))
        from boundary in Policies(1, 2)
        from action in Gen.Elements(Actions)
        from resource in Gen.Elements(Resources)
        from entries in Entries()
        select new Case(identity, bounded ? boundary : null, action, resource, entries), Shrink);

    // Fewer policies, fewer statements, fewer keys: what is left is read by people.
    private static IEnumerable<Case> Shrink(Case given)
    {
        if (given.Boundary is not null) yield return given with { Boundary = null };
        for (var at = 0; at < given.Identity.Length; at++)
        {
            if (given.Identity.Length > 1) yield return given with { Identity = [.. given.Identity.Where((_, index) => index != at)] };
            foreach (var smaller in Smaller(given.Identity[at])) yield return given with { Identity = [.. given.Identity.Select((policy, index) => index == at ? smaller : policy)] };
        }
        for (var at = 0; at < given.Entries.Length; at++) yield return given with { Entries = [.. given.Entries.Where((_, index) => index != at)] };
    }

    private static IEnumerable<string> Smaller(string policy)
    {
        using var document = JsonDocument.Parse(policy);
        var version = document.RootElement.GetProperty("Version").GetString()!;
        var statements = document.RootElement.GetProperty("Statement").EnumerateArray().Select(statement => statement.GetRawText()).ToArray();
        for (var at = 0; at < statements.Length && statements.Length > 1; at++) yield return Document(version, statements.Where((_, index) => index != at));
    }

    private static string Document(string version, IEnumerable<string> statements) => $$"""{"Version":"{{version}}","Statement":[{{string.Join(',', statements)}}]}""";

    private static Gen<string[]> Policies(int least, int most) =>
        from count in Gen.Choose(least, most) from policies in Policy().ArrayOf(count) select policies;

    private static Gen<string> Policy() =>
        from version in Gen.Frequency((5, Gen.Constant("2012-10-17")), (1, Gen.Constant("2008-10-17")))
        from count in Gen.Choose(1, 3)
        from statements in Statement().ArrayOf(count)
        select Document(version, statements);

    internal static Gen<string> Statement() =>
        from effect in Gen.Frequency((3, Gen.Constant("Allow")), (1, Gen.Constant("Deny")))
        from action in Gen.Frequency((4, Gen.Constant("Action")), (1, Gen.Constant("NotAction")))
        from actions in Some(Gen.Elements(ActionPatterns))
        from resource in Gen.Frequency((3, Gen.Constant("Resource")), (1, Gen.Constant("NotResource")))
        from resources in Some(ResourcePattern())
        from conditions in Gen.Frequency((1, Gen.Constant("")), (2, Conditions()))
        select $$"""{"Effect":"{{effect}}","{{action}}":{{Json(actions)}},"{{resource}}":{{Json(resources)}}{{conditions}}}""";

    private static Gen<string[]> Some(Gen<string> one) => from count in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(2, 3))) from all in one.ArrayOf(count) select all;

    private static Gen<string> ResourcePattern() => Gen.Frequency((1, Gen.Constant("*")), (1, Gen.Elements(Resources)), (4, Blurred()));

    // A resource with pieces of it replaced: near enough to match, or to miss by little.
    private static Gen<string> Blurred() =>
        from resource in Gen.Elements(Resources)
        from holes in Gen.Choose(1, 3)
        from pieces in Hole().ArrayOf(holes)
        select pieces.Aggregate(resource, (text, hole) =>
        {
            var start = hole.Start % (text.Length + 1);
            return text[..start] + hole.Text + text[Math.Min(text.Length, start + hole.Length)..];
        });

    private static Gen<(int Start, int Length, string Text)> Hole() =>
        from start in Gen.Choose(0, 60)
        from length in Gen.Choose(0, 12)
        from text in Gen.Frequency((4, Gen.Constant("*")), (2, Gen.Constant("?")), (1, Gen.Constant(":")), (1, Gen.Constant("")), (4, Gen.Elements(Variables)))
        select (start, length, text);

    private static Gen<string> Conditions() =>
        from count in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Constant(2)))
        from ops in Gen.Elements(Operators).ArrayOf(count)
        from keys in Gen.Elements(Keys).ArrayOf(count)
        from values in Gen.Choose(0, 2).SelectMany(size => Gen.Elements(Values).ArrayOf(size)).ArrayOf(count)
        select ",\"Condition\":{" + string.Join(',', ops.Zip(keys, values).DistinctBy(pair => pair.First).Select(pair => Json(pair.First) + ":{" + Json(pair.Second) + ":" + Json(pair.Third) + "}")) + "}";

    internal static Gen<(string, string?, string[]?)[]> Entries() =>
        from entries in Entry().ArrayOf(3)
        from fixedOnes in Gen.SubListOf(new[] { ("aws:username", "alice", (string[]?)null), ("star", "*", null), ("colon", "s3:::", null), ("empty", "", null), ("list", (string?)null, ["alice"]) })
        select entries.Concat(fixedOnes).DistinctBy(entry => entry.Item1, StringComparer.OrdinalIgnoreCase).ToArray();

    private static Gen<(string, string?, string[]?)> Entry() =>
        from key in Gen.Elements(Keys.Where(key => key != "none").ToArray())
        from single in Gen.Elements(Values)
        from size in Gen.Choose(0, 2)
        from list in Gen.Elements(Values).ArrayOf(size)
        from multi in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select (key, multi ? null : single, multi ? list : null);

    private static string Json(object value) => JsonSerializer.Serialize(value);
}
