namespace IamEventSourced.PolicyEngine;

/// <summary>Whether one set of policies allows something that another does not.</summary>
public enum GrantsMore
{
    /// <summary>Neither proven nor found.</summary>
    Unknown,

    /// <summary>Yes, and there is an example.</summary>
    Yes,

    /// <summary>No, and that is proven.</summary>
    No,
}

/// <summary>What two sets of policies came to beside each other.</summary>
/// <param name="Answer">Whether the first allows something that the second does not.</param>
/// <param name="Example">A request that the evaluator allows by the first and not by the second; only with <see cref="GrantsMore.Yes"/>.</param>
public sealed record PolicyComparison(GrantsMore Answer, AccessRequest? Example = null)
{
    // Enough for real policies in tens of milliseconds; who has more gets Unknown.
    private const int MostTries = 200_000;
    private const int MostSamples = 2_000;
    private const string OtherAction = "other-service:Other", OtherResource = "arn:aws:other:us-east-1:123456789012:other/other"; // of nobody's statements
    private static readonly string[] Fillings = ["", "x", SampleContext.Value];

    /// <summary>
    /// Does the first set allow anything that the second does not? Yes is always an example that was tried. No is said only where for every statement that allows,
    /// one of the second allows all it does under no further condition, and no deny of the second reaches it that the first does not have too. Else unknown.
    /// </summary>
    public static PolicyComparison Compare(GrantSet first, GrantSet second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!first.Failures.IsEmpty) return new(GrantsMore.No);
        StatementScope[] own = StatementScope.Of(first), other = StatementScope.Of(second);
        if (second.Failures.IsEmpty ? IsWithin(own, other) : !Array.Exists(own, statement => statement.IsAllow)) return new(GrantsMore.No);
        foreach (var request in Samples(own, other))
            if (Evaluator.Decide(first, null, request) == AccessOutcome.Allowed && Evaluator.Decide(second, null, request) != AccessOutcome.Allowed) return new(GrantsMore.Yes, request);
        return new(GrantsMore.Unknown);
    }

    /// <summary>Whether it is proven that the first set allows nothing that the second does not, for whomever both are asked in the same context; false: it is not known.</summary>
    public static bool IsWithin(GrantSet first, GrantSet second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (!first.Failures.IsEmpty) return true;
        var own = StatementScope.Of(first);
        return second.Failures.IsEmpty ? IsWithin(own, StatementScope.Of(second)) : !Array.Exists(own, statement => statement.IsAllow);
    }

    private static bool IsWithin(StatementScope[] own, StatementScope[] other)
    {
        var ownDenies = Array.FindAll(own, statement => !statement.IsAllow);
        var denies = Array.FindAll(other, statement => !statement.IsAllow && !Array.Exists(ownDenies, deny => deny.Covers(statement)));
        var allows = Array.FindAll(other, statement => statement.IsAllow);
        return own.Where(statement => statement.IsAllow).SelectMany(statement => statement.Pieces()).All(piece =>
            Array.Exists(ownDenies, deny => deny.Covers(piece))
            || Array.Exists(allows, allow => allow.Covers(piece)) && Array.TrueForAll(denies, deny => deny.IsApartFrom(piece)));
    }

    // Requests near the edges of the statements; the evaluator says whether one of them tells.
    private static IEnumerable<AccessRequest> Samples(StatementScope[] own, StatementScope[] other)
    {
        StatementScope[] all = [.. own, .. other];
        string[] actions = [.. all.SelectMany(Actions).Append(OtherAction).Distinct(StringComparer.Ordinal).Take(MostSamples)];
        string[] resources = [.. all.SelectMany(Resources).Append("*").Append(OtherResource).Distinct(StringComparer.Ordinal).Take(MostSamples)];
        RequestContext[] contexts = [RequestContext.Empty, .. all.Select(statement => SampleContext.Of([statement.Source])), SampleContext.Of(all.Select(statement => statement.Source))];
        contexts = [.. contexts.DistinctBy(context => string.Join('\n', context.Keys.Select(key => $"{key} {string.Join(' ', context[key]!.Value.Values)}")), StringComparer.Ordinal).Take(64)];

        // What one statement says belongs together; then everything with everything.
        var near = from statement in own
                   where statement.IsAllow
                   from action in Actions(statement).Append(OtherAction)
                   from resource in Resources(statement).Append(OtherResource)
                   from context in contexts
                   select new AccessRequest(action, resource, context);
        var far = from context in contexts from action in actions from resource in resources select new AccessRequest(action, resource, context);
        return near.Take(MostTries).Concat(far.Take(MostTries));
    }

    private static IEnumerable<string> Actions(StatementScope statement) =>
        from action in statement.Actions
        where !action.IsAny
        from filling in Fillings
        let name = action.Name.Sample(filling)
        where name.Length > 0
        select $"{action.Service}:{name}";

    private static IEnumerable<string> Resources(StatementScope statement) =>
        from resource in statement.Resources
        where !resource.IsEverything
        from reading in resource.Readings
        from filling in Fillings
        let text = reading.Sample(filling)
        where text.Length > 0
        select text;
}
