using System.Globalization;
using System.Text.Json;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced.Benchmarks;

/// <summary>
/// Decisions a second of the policy engine alone, one thread, beside a flat table of the same answers. The contenders take turns in one process: on a machine
/// that others use too only such ratios hold, which is why this is no BenchmarkDotNet suite (it runs each contender by itself, one after the other).
/// </summary>
static class EngineBenchmark
{
    const int Questions = 1 << 16, Groups = 5, PoliciesPerGroup = 4, Statements = 5, Services = 10, Unknown = 10_000_000;

    /// <summary>Questions with the set that each is asked of, half of them allowed, four tenths denied implicitly, one tenth explicitly.</summary>
    sealed record Case(string Name, GrantSet[] Sets, FlatTable[] Floors, Question[] Asked)
    {
        public Timings Ours { get; } = new();
        public Timings Floor { get; } = new();
    }

    readonly record struct Question(int Set, string Action, string Resource, RequestContext Context);

    readonly struct Engine(GrantSet[] sets, Question[] asked) : IAnswers
    {
        public AccessOutcome Answer(int question)
        {
            ref readonly var one = ref asked[question];
            return Evaluator.Decide(sets[one.Set], null, new(one.Action, one.Resource, one.Context));
        }
    }

    readonly struct Flat(FlatTable[] tables, Question[] asked) : IAnswers
    {
        public AccessOutcome Answer(int question)
        {
            ref readonly var one = ref asked[question];
            return tables[one.Set].Decide(one.Action, one.Resource);
        }
    }

    readonly struct Found(Dictionary<string, int> principals, string[] asked) : IAnswers
    {
        public AccessOutcome Answer(int question) => (AccessOutcome)(principals[asked[question]] & 1);
    }

    public static void Run(Options options)
    {
        var (seconds, rounds, loadBefore, files) = (options.Decimal("seconds", 1), options.Number("rounds", 5), Machine.Load, options.Text("policies", ""));
        var only = options.Text("case", "");
        Case[] cases = [.. ((Case[])
        [
            Plain("5 groups × 4 policies × 5 statements", sets: 1, policies: Groups * PoliciesPerGroup, Services),
            Plain("500 statements", sets: 1, policies: 100, 5 * Services),
            Plain("1,000 statements on 100 services", sets: 1, policies: 200, 10 * Services),
            Conditional("100 statements, all with conditions or variables"),
            Managed(files, 10),
            Plain("20 sets asked at random, as 100 principals may have", sets: 20, policies: Groups * PoliciesPerGroup, Services),
            Plain("200 sets, as 10,000 principals may have", sets: 200, policies: Groups * PoliciesPerGroup, Services),
            Plain("2,000 sets, as 1,000,000 principals may have", sets: 2_000, policies: Groups * PoliciesPerGroup, Services, floors: false),
        ]).Where(one => one.Name.Contains(only, StringComparison.Ordinal))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Medians of {rounds} rounds of {seconds} s each, contenders in turn, one thread, rates by processor time; {Questions:#,0} questions a case, each text made afresh; 50 % allowed, 40 % implicit, 10 % explicit deny"));
        Console.WriteLine();
        for (var round = -1; round < rounds; round++)
            foreach (var one in cases)
            {
                if (one.Floors.Length > 0) one.Floor.Time(new Flat(one.Floors, one.Asked), Questions, seconds, round < 0);
                one.Ours.Time(new Engine(one.Sets, one.Asked), Questions, seconds, round < 0);
            }

        Console.WriteLine(Timings.Head);
        foreach (var one in cases)
        {
            if (one.Floors.Length > 0) Console.WriteLine(one.Floor.Row($"floor: {one.Name}", null));
            Console.WriteLine(one.Ours.Row(one.Name, one.Floors.Length > 0 ? one.Floor : null));
        }
        Console.WriteLine();
        if (only.Length is 0)
        {
            Principals(seconds, rounds);
            Names(cases[0].Sets[0]);
        }
        Console.WriteLine(Machine.Describe(loadBefore));
    }

    static Case Plain(string name, int sets, int policies, int services, bool floors = true)
    {
        var random = new Random(7);
        var rules = Enumerable.Range(0, sets).Select(_ => Enumerable.Range(0, policies).Select(_ => Rule.Random(random, services, Statements)).ToArray()).ToArray();
        GrantSet[] made = [.. rules.Select(set => GrantSet.Of(set.Select((policy, i) => new PolicyGrant($"p{i}", CompiledPolicy.Compile(Rule.Policy(policy))))))];
        FlatTable[] tables = floors ? [.. rules.Select(set => new FlatTable(set.SelectMany(policy => policy), services, StringComparer.Ordinal))] : [];
        var asked = Mixed(made, random, () => Rule.Question(random, services) is var (action, resource) ? new(random.Next(sets), action, resource, RequestContext.Empty) : default);
        if (floors)
            foreach (var one in asked)
                if (tables[one.Set].Decide(one.Action, one.Resource) != Decide(made, one)) throw new InvalidOperationException($"{one}: the floor and the engine differ.");
        return new(name, made, tables, asked);
    }

    /// <summary>Each statement with one or two conditions, or a variable in its resource.</summary>
    static Case Conditional(string name)
    {
        var random = new Random(7);
        var sets = new[] { GrantSet.Of(Enumerable.Range(0, Groups * PoliciesPerGroup).Select(i => new PolicyGrant($"p{i}", CompiledPolicy.Compile(Policy())))) };
        var contexts = Enumerable.Range(0, 1024).Select(_ => Context()).ToArray();
        return new(name, sets, [], Mixed(sets, random, () => Rule.Question(random, Services) is var (action, resource)
            ? new(0, action, random.Next(3) is 0 ? $"{resource[..resource.LastIndexOf(':')]}:home/user-{random.Next(8)}/file-{random.Next(100_000)}" : resource, contexts[random.Next(contexts.Length)]) : default));

        string Policy() => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', Rule.Random(random, Services, Statements).Select(rule =>
            rule.Resource.EndsWith("/*", StringComparison.Ordinal) && random.Next(2) is 0
                ? (rule with { Resource = rule.Resource[..(rule.Resource.LastIndexOf(':') + 1)] + "home/${aws:username}/*" }).Json
                : rule.Json[..^1] + ",\"Condition\":" + Condition() + "}"))}}]}""";

        string Condition() => random.Next(7) switch
        {
            0 => """{"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1","us-east-1"]}}""",
            1 => """{"IpAddress":{"aws:SourceIp":["10.0.0.0/9","192.168.0.0/16"]}}""",
            2 => """{"Bool":{"aws:MultiFactorAuthPresent":"true"},"DateGreaterThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}}""",
            3 => """{"StringLike":{"aws:PrincipalTag/team":["team-?","ops*"]}}""",
            4 => """{"NumericLessThan":{"s3:max-keys":"100"}}""",
            5 => """{"ForAnyValue:StringEquals":{"aws:TagKeys":["cost","owner"]}}""",
            _ => """{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}""",
        };

        RequestContext Context() => RequestContext.Of(
            ("aws:username", $"user-{random.Next(8)}"), ("aws:RequestedRegion", random.Next(2) is 0 ? "eu-west-1" : "ap-south-1"),
            ("aws:SourceIp", $"10.{random.Next(256)}.3.4"), ("aws:MultiFactorAuthPresent", random.Next(2) is 0 ? "true" : "false"),
            ("aws:CurrentTime", $"2026-{random.Next(1, 13):00}-11T10:00:00Z"), ("aws:PrincipalTag/team", $"team-{random.Next(12)}"),
            ("s3:max-keys", $"{random.Next(200)}"), ("aws:TagKeys", ContextValue.List("owner", $"k{random.Next(9)}")), ("aws:ResourceTag/team", $"team-{random.Next(4)}"));
    }

    /// <summary>Real policies: of the built-in catalogue, or of a file with an array of objects that have a "document"; beside them one that denies a part.</summary>
    static Case Managed(string file, int count)
    {
        var random = new Random(7);
        string[] documents = file.Length is 0
            ? [.. Catalogue.BuiltIn.Policies.Select(policy => policy.PolicyDocument.Value)]
            : [.. JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().Select(one => one.GetProperty("document").GetRawText())];
        random.Shuffle(documents);
        CompiledPolicy[] policies = [.. documents.Select(CompiledPolicy.Compile).Where(policy => policy.Document!.Statements.All(statement => !statement.Actions.Inverted && !statement.Actions.Patterns.Contains("*"))).Take(count)];
        var actions = policies.SelectMany(policy => policy.Document!.Statements).SelectMany(statement => statement.Actions.Patterns).Distinct().ToArray();
        var resources = policies.SelectMany(policy => policy.Document!.Statements).SelectMany(statement => statement.Resources?.Patterns ?? []).Distinct().ToArray();
        var services = actions.Select(action => action[..action.IndexOf(':', StringComparison.Ordinal)]).Distinct().ToArray();
        var deny = CompiledPolicy.Compile(Rule.Policy([new(true, [.. services.Select(service => service + ":*")], "arn:aws:*:*:*:protected/*")]));
        GrantSet[] sets = [GrantSet.Of(policies.Append(deny).Select((policy, i) => new PolicyGrant($"p{i}", policy)))];
        var statements = policies.Sum(policy => policy.Document!.Statements.Length);
        return new(string.Create(CultureInfo.InvariantCulture, $"{policies.Length} AWS-managed policies, {statements} statements, {actions.Length} action patterns"), sets, [], Mixed(sets, random, () =>
        {
            var action = actions[random.Next(actions.Length)].Replace("*", $"Thing{random.Next(1000)}", StringComparison.Ordinal);
            if (random.Next(3) is 0) action = $"{services[random.Next(services.Length)]}:{(random.Next(2) is 0 ? "Delete" : "Get")}Thing{random.Next(1000)}";
            var resource = random.Next(8) is 0 ? "arn:aws:any:eu-west-1:123456789012:protected/*" : random.Next(2) is 0 ? "arn:aws:any:eu-west-1:123456789012:thing/*" : resources[random.Next(resources.Length)];
            return new(0, action, resource is "*" ? new('*', 1) : resource.Replace("*", $"x{random.Next(1000)}", StringComparison.Ordinal), RequestContext.Empty);
        }));
    }

    /// <summary>Half allowed, four tenths implicit, one tenth explicit deny.</summary>
    static Question[] Mixed(GrantSet[] sets, Random random, Func<Question> ask)
    {
        Dictionary<AccessOutcome, int> wanted = new() { [AccessOutcome.Allowed] = Questions / 2, [AccessOutcome.ExplicitDeny] = Questions / 10 };
        wanted[AccessOutcome.ImplicitDeny] = Questions - wanted.Values.Sum();
        List<Question> asked = [];
        for (var tries = 0; asked.Count < Questions; tries++)
        {
            if (tries > 100 * Questions) throw new InvalidOperationException($"Of one kind there are too few: {string.Join(", ", wanted)}");
            var question = ask();
            var outcome = Decide(sets, question);
            if (wanted[outcome]-- > 0) asked.Add(question);
            else wanted[outcome] = 0;
        }
        var shuffled = asked.ToArray();
        random.Shuffle(shuffled);
        return shuffled;
    }

    static AccessOutcome Decide(GrantSet[] sets, Question one) => Evaluator.Decide(sets[one.Set], null, new(one.Action, one.Resource, one.Context));

    /// <summary>What finding the principal's set by its ARN costs, which is the account's part and no decision.</summary>
    static void Principals(double seconds, int rounds)
    {
        Console.WriteLine("| finding the principal by its ARN | finds/s | ns each | median ns | p99 ns | bytes each | |\n|---|---|---|---|---|---|---|");
        foreach (var count in (int[])[100, 10_000, 1_000_000])
        {
            var random = new Random(7);
            var principals = Enumerable.Range(0, count).ToDictionary(Arn, i => i, StringComparer.Ordinal);
            var asked = Enumerable.Range(0, Questions).Select(_ => Arn(random.Next(count))).ToArray();
            var timings = new Timings();
            for (var round = -1; round < rounds; round++) timings.Time(new Found(principals, asked), Questions, seconds, round < 0);
            Console.WriteLine(timings.Row(string.Create(CultureInfo.InvariantCulture, $"{count:#,0} principals"), null));
        }
        Console.WriteLine();

        static string Arn(int i) => $"arn:aws:iam::123456789012:user/user-{i}";
    }

    /// <summary>Names that nobody knows must leave nothing behind.</summary>
    static void Names(GrantSet set)
    {
        var (before, asked, decided) = (GC.GetTotalMemory(forceFullCollection: true), 0L, 0);
        for (var i = 0; i < Unknown; i++)
        {
            var action = $"svc{i % Services}:Unknown{i}";
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            decided += (int)Evaluator.Decide(set, null, new(action, "arn:aws:svc1:::thing-1", RequestContext.Empty));
            asked += GC.GetAllocatedBytesForCurrentThread() - allocated;
        }
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Unknown:#,0} distinct unknown action names: {asked} bytes allocated by deciding, heap {growth:+#,0;-#,0;0} bytes afterwards ({decided} others than implicit denies)"));
        Console.WriteLine();
    }
}
