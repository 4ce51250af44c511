using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>A request with policies of every kind.</summary>
public sealed record WideCase(
    SlowPrincipal Who, bool Management, string[] Identity, string[]? Boundary, string[]? Session, string[][] Scps, string[][] Rcps, string[]? Endpoint, string[]? OnResource,
    string? Owner, bool Trust, string Action, string Resource, (string Key, string? Single, string[]? List)[] Entries)
{
    internal AccessRequest Request => new(Action, Resource, new Case(Identity, null, Action, Resource, Entries).Context);

    internal Principal Principal => Who.Principal(Management);

    internal PolicySet Policies => new()
    {
        Identity = Ask.Grants(Identity),
        PermissionsBoundary = Grants(Boundary),
        Session = Grants(Session),
        ServiceControl = [.. Scps.Select(level => Ask.Grants(level))],
        ResourceControl = [.. Rcps.Select(Ask.OnResource)],
        Endpoint = Endpoint is null ? null : Ask.OnResource(Endpoint),
        Resource = OnResource is null ? null : Ask.OnResource(OnResource),
        ResourceAccount = Owner,
        TrustRequired = Trust,
    };

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine().AppendLine($"{Who}{(Management ? " of the management account" : "")}{(Trust ? ", trust required" : "")}, owner {Owner}");
        void Add(string name, IEnumerable<string>? policies)
        {
            foreach (var policy in policies ?? []) text.AppendLine($"{name} {policy}");
        }
        Add("identity", Identity);
        Add("boundary", Boundary);
        Add("session", Session);
        for (var level = 0; level < Scps.Length; level++) Add($"service control {level}", Scps[level]);
        for (var level = 0; level < Rcps.Length; level++) Add($"resource control {level}", Rcps[level]);
        Add("endpoint", Endpoint);
        Add("resource", OnResource);
        text.AppendLine($"{Action} on {Resource}");
        foreach (var (key, single, list) in Entries) text.AppendLine($"{key} = {single ?? "[" + string.Join(", ", list!) + "]"}");
        return text.ToString();
    }

    private static GrantSet? Grants(string[]? policies) => policies is null ? null : Ask.Grants(policies);
}

public static class WideCases
{
    private const string Mine = "111111111111";
    private const string Other = "222222222222";

    private static readonly SlowPrincipal[] Principals =
    [
        new("root", $"arn:aws:iam::{Mine}:root", Mine),
        new("user", $"arn:aws:iam::{Mine}:user/alice", Mine),
        new("user", $"arn:aws:iam::{Mine}:user/alice", Mine, Canonical: "79a5"),
        new("role", $"arn:aws:iam::{Mine}:role/team/Reader", Mine),
        new("role-session", $"arn:aws:sts::{Mine}:assumed-role/Reader/s", Mine),
        new("role-session", $"arn:aws:sts::{Mine}:assumed-role/reader/s", Mine),
        new("federated-user", $"arn:aws:sts::{Mine}:federated-user/fred", Mine, $"arn:aws:iam::{Mine}:user/alice"),
        new("federated-user", $"arn:aws:sts::{Mine}:federated-user/fred", Mine),
        new("service", "ec2.amazonaws.com"),
        new("federated", "accounts.google.com"),
        new("anonymous", ""),
    ];

    private static readonly string[] Named =
    [
        "\"*\"", "{\"AWS\":\"*\"}", $"{{\"AWS\":\"{Mine}\"}}", $"{{\"AWS\":[\"{Other}\",\"arn:aws:iam::{Mine}:root\"]}}", $"{{\"AWS\":\"arn:aws:iam::{Mine}:user/alice\"}}",
        $"{{\"AWS\":\"arn:aws:iam::{Mine}:user/Alice\"}}", $"{{\"AWS\":\"arn:aws:iam::{Mine}:role/team/Reader\"}}", $"{{\"AWS\":\"arn:aws:iam::{Mine}:role/Reader\"}}",
        $"{{\"AWS\":\"arn:aws-cn:iam::{Mine}:role/Reader\"}}", $"{{\"AWS\":\"arn:aws:sts::{Mine}:assumed-role/Reader/s\"}}", $"{{\"AWS\":\"arn:aws:sts::{Mine}:federated-user/fred\"}}",
        $"{{\"AWS\":\"arn:aws:iam::{Other}:user/alice\"}}", "{\"Service\":[\"s3.amazonaws.com\",\"ec2.amazonaws.com\"]}", "{\"Federated\":\"accounts.google.com\"}",
        "{\"CanonicalUser\":\"79a5\"}", "{\"Service\":\"*\"}", $"{{\"AWS\":[\"{Mine}\",\"arn:aws:iam::{Mine}:user/alice\"],\"Service\":\"ec2.amazonaws.com\"}}",
    ];

    public static Arbitrary<WideCase> WideCase() => Arb.From(
        from who in Gen.Elements(Principals)
        from management in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        from identity in Policies(0)
        from boundary in Maybe(Policies(1))
        from session in Maybe(Policies(1))
        from scps in Levels(1)
        from rcps in Levels(2)
        from endpoint in Gen.Frequency((3, Gen.Constant<string[]?>(null)), (1, Policies(2).Select(policies => (string[]?)policies)))
        from resource in Maybe(Policies(3))
        from owner in Gen.Elements(null, Mine, Mine, Other)
        from trust in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from action in Gen.Elements("s3:GetObject", "iam:GetUser")
        from target in Gen.Elements("arn:aws:s3:::b/alice", "arn:aws:iam::1:user/alice", "*")
        from entries in Cases.Entries()
        select new WideCase(who, management, identity, boundary, session, scps, rcps, endpoint, resource, owner, trust, action, target, entries), Shrink);

    private static IEnumerable<WideCase> Shrink(WideCase given)
    {
        if (given.Boundary is not null) yield return given with { Boundary = null };
        if (given.Session is not null) yield return given with { Session = null };
        if (given.Endpoint is not null) yield return given with { Endpoint = null };
        if (given.OnResource is not null) yield return given with { OnResource = null };
        if (given.Scps.Length > 0) yield return given with { Scps = given.Scps[1..] };
        if (given.Rcps.Length > 0) yield return given with { Rcps = given.Rcps[1..] };
        if (given.Identity.Length > 0) yield return given with { Identity = given.Identity[1..] };
        if (given.Entries.Length > 0) yield return given with { Entries = given.Entries[1..] };
        if (given.Trust) yield return given with { Trust = false };
        if (given.Management) yield return given with { Management = false };
    }

    private static Gen<string[]?> Maybe(Gen<string[]> policies) => Gen.Frequency((1, Gen.Constant<string[]?>(null)), (1, policies.Select(some => (string[]?)some)));

    private static Gen<string[][]> Levels(int naming) =>
        from count in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 2))) from levels in Policies(naming).ArrayOf(count) select levels;

    /// <param name="naming">0 and 1: no principals; 2: some statements name some; 3: nearly all do, as on a resource.</param>
    private static Gen<string[]> Policies(int naming) => from count in Gen.Choose(naming == 0 ? 0 : 1, 2) from policies in Policy(naming).ArrayOf(count) select policies;

    private static Gen<string> Policy(int naming) =>
        from count in Gen.Choose(1, 2)
        from statements in Statement(naming).ArrayOf(count)
        select $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}""";

    // Mostly plain, so that what the kinds of policies come to together is what is tested.
    private static Gen<string> Statement(int naming) =>
        from plain in Gen.Frequency((9, Gen.Constant("Allow")), (1, Gen.Constant("Deny")))
        from action in Gen.Frequency((3, Gen.Constant("*")), (1, Gen.Elements("s3:*", "iam:*")))
        from resource in Gen.Frequency((3, Gen.Constant(",\"Resource\":\"*\"")), (1, Gen.Elements(",\"Resource\":\"arn:aws:s3\"", ",\"NotResource\":\"arn:aws:s3:::*\"", naming < 2 ? ",\"Resource\":\"*\"" : "")))
        from statement in Gen.Frequency((4, Gen.Constant($$"""{"Effect":"{{plain}}","Action":"{{action}}"{{resource}}}""")), (1, Cases.Statement()))
        from member in Gen.Frequency((5, Gen.Constant("Principal")), (1, Gen.Constant("NotPrincipal")))
        from principal in Gen.Elements(Named)
        from names in Gen.Frequency((naming < 2 ? 0 : naming == 2 ? 5 : 19, Gen.Constant(true)), (1, Gen.Constant(false)))
        select names ? $$"""{"{{member}}":{{principal}},{{statement[1..]}}""" : statement;
}
