namespace IamEventSourced;

/// <summary>Finds the events between two moments because of which something was gained or lost.</summary>
/// <param name="before">The earlier directory.</param>
/// <param name="after">The later one.</param>
/// <param name="history">What happened until the later one.</param>
sealed class AccessCauses(Directory before, Directory after, IHistory history)
{
    /// <summary>Of so many principals, each of whom may have it by events of its own, causes are looked for.</summary>
    const int MostPrincipals = AccessChange.MostPrincipals;
    const int Page = 1000;

    readonly Dictionary<string, IReadOnlyList<RecordedEvent>> _events = new(StringComparer.Ordinal);

    /// <summary>The events, in order.</summary>
    public async Task<IReadOnlyList<Cause>> Of(AccessDifference difference, IReadOnlyList<ComparedPrincipal> principals)
    {
        SortedDictionary<long, Cause> causes = [];
        if (after.Closed is { } closed && before.Closed is null) Add(await history.EventsAt([closed.Revision]));
        foreach (var principal in principals.Take(MostPrincipals))
        {
            Add((await Of(principal.Id)).Where(recorded => recorded.Event is UserRenamed or UserTagged or UserUntagged or UserCreated or UserDeleted && Concerns(difference, recorded.Event)));
            // The ways are those of one moment, and so are the names: at the other somebody else may have them.
            var side = difference.InForce ? after : before;
            foreach (var way in difference.Ways)
            {
                string[] holders = [principal.Id, .. side.FindGroup(way.Source.Through) is { } group ? [group.Id.Value] : Array.Empty<string>()];
                var policy = way.Source.PolicyArn is { } arn ? side.FindPolicy(arn)?.Id : null;
                // Of each link the last event, which left it as it is at the later moment.
                List<RecordedEvent> touching = [];
                foreach (var entity in policy is null ? holders : [.. holders, policy.Value]) touching.AddRange(await Of(entity));
                Add(touching.Select(recorded => (recorded, Link: LinkOf(recorded.Event, way, holders, policy))).Where(one => one.Link is not null)
                    .GroupBy(one => one.Link).Select(one => one.MaxBy(last => last.recorded.Revision).recorded));
                if (policy is not null && way.Source.PolicyArn!.IsOfAwsPolicy) Add(await history.EventsAt([.. after.Adoptions.Select(adoption => adoption.Since.Revision).Where(revision => revision > before.Revision)]));
                if (way.Kind is "AllUsers") Add((await Of(after.Account.Value)).Where(recorded => recorded.Event is AccountPasswordPolicyUpdated or AccountPasswordPolicyDeleted));
            }
        }
        return [.. causes.Values];

        void Add(IEnumerable<RecordedEvent> events)
        {
            foreach (var recorded in events) causes[recorded.Revision] = Cause.Of(recorded);
        }
    }

    /// <summary>A name or tag counts only where the statement looks at such.</summary>
    static bool Concerns(AccessDifference difference, AccountEvent happened) => happened is UserCreated or UserDeleted
        || difference.Statement is { } statement && statement.Looks(key => happened is UserRenamed ? key.Equals("aws:username", StringComparison.OrdinalIgnoreCase) || key.Equals("aws:PrincipalArn", StringComparison.OrdinalIgnoreCase) : key.Contains("Tag/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Which link of the way an event made or broke; null: none.</summary>
    static string? LinkOf(AccountEvent happened, AccessWay way, string[] holders, PolicyId? policy)
    {
        var (inline, name) = (policy is null, way.Source.PolicyName);
        return happened switch
        {
            UserAddedToGroup e when holders.Contains(e.GroupId.Value) && holders.Contains(e.UserId.Value) => "Membership",
            UserRemovedFromGroup e when holders.Contains(e.GroupId.Value) && holders.Contains(e.UserId.Value) => "Membership",
            UserPolicyPut e when inline && e.PolicyName == name => "InlinePolicy",
            UserPolicyDeleted e when inline && e.PolicyName == name => "InlinePolicy",
            GroupPolicyPut e when inline && e.PolicyName == name => "InlinePolicy",
            GroupPolicyDeleted e when inline && e.PolicyName == name => "InlinePolicy",
            UserPolicyAttached e when e.PolicyId == policy && holders.Contains(e.UserId.Value) => "Attachment",
            UserPolicyDetached e when e.PolicyId == policy && holders.Contains(e.UserId.Value) => "Attachment",
            GroupPolicyAttached e when e.PolicyId == policy && holders.Contains(e.GroupId.Value) => "Attachment",
            GroupPolicyDetached e when e.PolicyId == policy && holders.Contains(e.GroupId.Value) => "Attachment",
            UserPermissionsBoundaryPut e when way.IsBoundary && holders.Contains(e.UserId.Value) => "PermissionsBoundary",
            UserPermissionsBoundaryDeleted e when way.IsBoundary && holders.Contains(e.UserId.Value) => "PermissionsBoundary",
            DefaultPolicyVersionSet e when e.PolicyId == policy => "DefaultVersion",
            PolicyCreated e when e.PolicyId == policy => "PolicyVersion",
            PolicyDeleted e when e.PolicyId == policy => "PolicyVersion",
            _ => null,
        };
    }

    /// <summary>What touched an entity between both moments.</summary>
    async Task<IReadOnlyList<RecordedEvent>> Of(string entity)
    {
        if (_events.TryGetValue(entity, out var known)) return known;
        List<RecordedEvent> events = [];
        for (var from = before.Revision + 1; from <= after.Revision;)
        {
            var page = await history.EventsOf(entity, new(entity, checked((int)from)), Page);
            events.AddRange(page);
            if (page.Count < Page) break;
            from = page[^1].Revision + 1;
        }
        return _events[entity] = events;
    }
}
