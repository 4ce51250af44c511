using IamEventSourced.PolicyEngine;

namespace IamEventSourced.Benchmarks;

/// <summary>A statement before it is written as a policy: what every engine compared here can be given in its own words.</summary>
sealed record Rule(bool Deny, string[] Actions, string Resource)
{
    static readonly string[] Verbs = ["Get", "List", "Put", "Delete", "Create", "Update", "Tag", "Run"];
    static readonly string[] Nouns = ["Object", "Bucket", "Item", "Table", "Function"];

    public string Json => $$"""{"Effect":"{{(Deny ? "Deny" : "Allow")}}","Action":[{{string.Join(',', Actions.Select(action => $"\"{action}\""))}}],"Resource":"{{Resource}}"}""";

    public static string Policy(IEnumerable<Rule> rules) => $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', rules.Select(rule => rule.Json))}}]}""";

    public static IEnumerable<string> ActionsOf(int service) => Verbs.SelectMany(verb => Nouns.Select(noun => $"svc{service}:{verb}{noun}"));

    /// <summary>Statements of one policy: of five, two by a prefix of actions where there are wildcards, else all by whole actions; one denies.</summary>
    public static List<Rule> Random(Random random, int services, int statements, bool wildcards = true) => [.. Enumerable.Range(0, statements).Select(i =>
    {
        var service = random.Next(services);
        var all = ActionsOf(service).ToArray();
        string[] actions = wildcards && i % 5 is 1 or 3 ? [$"svc{service}:{Verbs[random.Next(Verbs.Length)]}*"] : [.. Enumerable.Range(0, 3).Select(_ => all[random.Next(all.Length)]).Distinct()];
        var resource = random.Next(4) switch { 0 => "*", 1 => Thing(service), _ => wildcards ? $"arn:aws:svc{service}:::team-{random.Next(4)}/*" : Thing(service) };
        return new Rule(i % 5 is 4, actions, resource);

        string Thing(int service) => $"arn:aws:svc{service}:::thing-{random.Next(40)}";
    })];

    /// <summary>Something to ask; both texts are made afresh each time.</summary>
    public static (string Action, string Resource) Question(Random random, int services)
    {
        var service = random.Next(services);
        return ($"svc{service}:{Verbs[random.Next(Verbs.Length)]}{Nouns[random.Next(Nouns.Length)]}", random.Next(2) is 0 ? $"arn:aws:svc{service}:::thing-{random.Next(40)}" : $"arn:aws:svc{service}:::team-{random.Next(4)}/file-{random.Next(100_000)}");
    }
}

/// <summary>The floor: every known action in a dictionary with the resources of its statements, denies first. No wildcards within, variables or conditions.</summary>
sealed class FlatTable(IEnumerable<Rule> rules, int services, StringComparer actions)
{
    readonly record struct Entry(bool Deny, string Resource, bool Prefix);

    readonly Dictionary<string, Entry[]> _entries = Enumerable.Range(0, services).SelectMany(Rule.ActionsOf).ToDictionary(action => action, action => rules
        .Where(rule => rule.Actions.Any(pattern => pattern == action || pattern.EndsWith('*') && action.StartsWith(pattern[..^1], StringComparison.Ordinal)))
        .OrderByDescending(rule => rule.Deny)
        .Select(rule => new Entry(rule.Deny, rule.Resource.TrimEnd('*'), rule.Resource.EndsWith('*'))).ToArray(), actions);

    public AccessOutcome Decide(string action, string resource)
    {
        if (_entries.TryGetValue(action, out var entries))
            foreach (ref readonly var entry in entries.AsSpan())
                if (entry.Prefix ? resource.StartsWith(entry.Resource, StringComparison.Ordinal) : string.Equals(resource, entry.Resource, StringComparison.Ordinal))
                    return entry.Deny ? AccessOutcome.ExplicitDeny : AccessOutcome.Allowed;
        return AccessOutcome.ImplicitDeny;
    }
}
