namespace IamEventSourced;

/// <summary>
/// What one event gave and took. Each statement that came into force or went out of it is told once, whoever has it: a policy's new text on a group of 100,000 is one notice
/// with some names and a number, not 100,000 notices. What is proven to be allowed before and after alike is not told, as by <see cref="CompareAccess"/>. The clock is no event:
/// what a condition on the time gives and takes by itself is in no notice; <see cref="ListAuthorizationIntervals"/> tells it. Where one change meets users of more than 256 different sets
/// of policies, nobody looks which of them have the same by another way: all are told, with the ways of one of them.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Cause">The event.</param>
/// <param name="Changes">What was gained, then what was lost: at most 100 changes, each with at most 100 of those who did and 100 of the ways. <see cref="ListPrincipalsAllowed"/> of that revision names all.</param>
/// <param name="ChangeCount">How many changes there are.</param>
public sealed record AccessNotice(AccountId Account, Cause Cause, IReadOnlyList<AccessChange> Changes, int ChangeCount)
{
    const int MostChanges = 100, MostWays = 100;

    /// <summary>The notice of an event; null: nobody gained or lost anything.</summary>
    internal static AccessNotice? Of(RecordedEvent recorded, IReadOnlyList<ComparedAccess> compared)
    {
        // In one order on every node and at every replay, which tables do not have.
        var changes = compared.SelectMany(alike => alike.Differences, (alike, difference) => (alike.Principals, Difference: difference))
            .GroupBy(one => (one.Difference.Gained, one.Difference.InForce, one.Difference.Access, one.Difference.Statement?.Meaning))
            .OrderByDescending(same => same.Key.Gained).ThenByDescending(same => same.Key.InForce).ThenBy(same => same.Key.Access, StringComparer.Ordinal)
            .ThenBy(same => same.Key.Meaning?.Text, StringComparer.Ordinal).ThenBy(same => same.Key.Meaning?.IsBoundary).ThenBy(same => same.Key.Meaning?.HasVariables).ToList();
        return changes.Count is 0 ? null : new(recorded.Account, Cause.Of(recorded), [.. changes.Take(MostChanges).Select(same => Together([.. same]))], changes.Count);
    }

    static AccessChange Together(IReadOnlyList<(IReadOnlyList<ComparedPrincipal> Principals, AccessDifference Difference)> same)
    {
        var ways = same.SelectMany(one => one.Difference.Ways).DistinctBy(way => (way.Source.Through.Value, way.Source.Grant.PolicyId, way.Kind))
            .OrderBy(way => way.Source.Through.Value, StringComparer.Ordinal).ThenBy(way => way.Source.Grant.PolicyId, StringComparer.Ordinal).ThenBy(way => way.Kind, StringComparer.Ordinal);
        var principals = same.SelectMany(one => one.Principals).OrderBy(principal => principal.Arn.Value, StringComparer.Ordinal).Take(AccessChange.MostPrincipals);
        return AccessChange.Of(same[0].Difference with { Ways = [.. ways.Take(MostWays)] }, [.. principals], []) with { PrincipalCount = same.Sum(one => one.Principals.Count) };
    }
}

/// <summary>Follows an account from a directory on, event by event, and tells what each gave and took.</summary>
/// <param name="directory">The account before the first event that is taken.</param>
/// <param name="mostSets">Where one change meets users of more different sets of policies, all are told alike, also who has the same by another way.</param>
public sealed class AccessNotices(Directory directory, int mostSets = AccessNotices.MostSets)
{
    /// <summary>As many as can be compared one by one in a tenth of a second or two.</summary>
    internal const int MostSets = 256;

    /// <summary>The account after the last event that was taken.</summary>
    public Directory Directory { get; private set; } = directory;

    /// <summary>How many users the events so far have concerned, each counted again by each: what it costs to find out goes by it.</summary>
    public long Compared { get; private set; }

    /// <summary>Takes the next event.</summary>
    /// <returns>Its notice; null: nobody gained or lost anything.</returns>
    public AccessNotice? Take(RecordedEvent recorded)
    {
        var before = Directory;
        Directory = before.Apply(recorded.Event, recorded.At);
        // Both at the event's time: what the clock did since the event before is not this one's.
        var comparison = new AccessComparison(before, recorded.At, Directory, recorded.At);
        Compared += comparison.Touched.Count;
        return AccessNotice.Of(recorded, comparison.OfTouched(mostSets));
    }
}
