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
            Add((await Of(principal.Id)).Where(recorded => Concerns(difference, recorded.Event)));
            // The ways are those of one moment, and so are the names: at the other somebody else may have them.
            var side = difference.InForce ? after : before;
            foreach (var way in difference.Ways)
            {
                var links = new Links(way, principal.Id, side.FindGroup(way.Source.Through)?.Id.Value, way.Source.PolicyArn is { } arn ? side.FindPolicy(arn)?.Id : null);
                // Of each link the last event, which left it as it is at the later moment.
                List<RecordedEvent> touching = [];
                foreach (var entity in links.Entities) touching.AddRange(await Of(entity));
                Add(touching.Select(recorded => (recorded, Link: links.Of(recorded.Event))).Where(one => one.Link is not null)
                    .GroupBy(one => one.Link).Select(one => one.MaxBy(last => last.recorded.Revision).recorded).Where(last => difference.InForce || links.IsBrokenBy(last.Event)));
                if (links.Policy is not null && way.Source.PolicyArn!.IsOfAwsPolicy) Add(await history.EventsAt([.. after.Adoptions.Select(adoption => adoption.Since.Revision).Where(revision => revision > before.Revision)]));
                if (way.Kind is "AllUsers") Add((await Of(after.Account.Value)).Where(recorded => recorded.Event is AccountPasswordPolicyUpdated or AccountPasswordPolicyDeleted));
            }
        }
        if (difference.Statement is { } statement && statement.Looks(AccessComparison.IsTag))
            foreach (var (entity, _) in Retagged.Where(one => one.Keys.Any(key => LooksAtTag(statement, key))).Take(MostPrincipals))
                Add((await Of(entity)).Where(recorded => recorded.Event is UserRenamed or UserDeleted or PolicyDeleted or ServerCertificateRenamed or ServerCertificateDeleted or VirtualMFADeviceDeleted || TagKeyOf(recorded.Event) is { } key && LooksAtTag(statement, key))
                    .GroupBy(recorded => TagKeyOf(recorded.Event)?.Value, StringComparer.OrdinalIgnoreCase).Select(ofKey => ofKey.MaxBy(recorded => recorded.Revision)!));
        return [.. causes.Values];

        void Add(IEnumerable<RecordedEvent> events)
        {
            foreach (var recorded in events) causes[recorded.Revision] = Cause.Of(recorded);
        }
    }

    /// <summary>Whether what happened to the principal itself is a cause: a name or tag only where the statement looks at it.</summary>
    static bool Concerns(AccessDifference difference, AccountEvent happened) => happened switch
    {
        UserCreated or UserDeleted => true,
        UserRenamed => difference.Statement?.Looks(key => key.Equals("aws:username", StringComparison.OrdinalIgnoreCase) || key.Equals("aws:PrincipalArn", StringComparison.OrdinalIgnoreCase)) is true,
        UserTagged or UserUntagged => difference.Statement?.Looks(key => key.Equals($"aws:PrincipalTag/{TagKeyOf(happened)}", StringComparison.OrdinalIgnoreCase)) is true,
        _ => false,
    };

    static TagKey? TagKeyOf(AccountEvent happened) => happened switch
    {
        UserTagged e => e.TagKey,
        UserUntagged e => e.TagKey,
        PolicyTagged e => e.TagKey,
        PolicyUntagged e => e.TagKey,
        ServerCertificateTagged e => e.TagKey,
        ServerCertificateUntagged e => e.TagKey,
        MFADeviceTagged e => e.TagKey,
        MFADeviceUntagged e => e.TagKey,
        _ => null,
    };

    static bool LooksAtTag(StatementInForce statement, TagKey tag) => statement.Looks(key => AccessComparison.IsTag(key) && key.AsSpan(key.IndexOf('/', StringComparison.Ordinal) + 1).Equals(tag.Value, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whoever and whatever has a tag otherwise, also by another name, and the keys of these tags.</summary>
    IReadOnlyList<(string Id, IReadOnlyList<TagKey> Keys)> Retagged => field ??=
    [
        .. RetaggedOf(before.Users, after.Users, user => user.Tags), .. RetaggedOf(before.Policies, after.Policies, policy => policy.Tags),
        .. RetaggedOf(before.ServerCertificates, after.ServerCertificates, certificate => certificate.Tags), .. RetaggedOf(before.MFADevices, after.MFADevices, device => device.Tags),
    ];

    static IEnumerable<(string Id, IReadOnlyList<TagKey> Keys)> RetaggedOf<TId, TName, T>(Register<TId, TName, T> old, Register<TId, TName, T> current, Func<T, Table<TagKey, HeldTag>> tags)
        where TId : Text<TId>, IText<TId> where TName : Text<TName>, IText<TName> where T : class, IRegistered<TId, TName>
    {
        foreach (var (id, one, other) in Register<TId, TName, T>.Differences(old, current))
        {
            var changed = Held(one);
            changed.SymmetricExceptWith(Held(other));
            if (changed.Count > 0) yield return (id.Value, [.. changed.Select(tag => (TagKey)tag.Key)]);
        }

        HashSet<(string Name, string Key, string Value)> Held(T? one) => one is null ? [] : [.. tags(one).Select(tag => ($"{one.Path}{one.Name}", tag.Value.Key.Value, tag.Value.Value.Value))];
    }

    /// <summary>What one way of a policy consists of, and the events that make or break it.</summary>
    /// <param name="Way">The way.</param>
    /// <param name="Principal">Whose access is compared: a user, or a group or policy by itself.</param>
    /// <param name="Group">The group that has the policy; null: the principal itself has it, or nobody.</param>
    /// <param name="Policy">The managed policy; null: it is an inline one.</param>
    sealed record Links(AccessWay Way, string Principal, string? Group, PolicyId? Policy)
    {
        string Holder => Group ?? Principal;

        /// <summary>Those whose events may make or break it.</summary>
        public IEnumerable<string> Entities => ((string?[])[Principal, Group, Policy?.Value]).OfType<string>().Distinct();

        /// <summary>Which link an event made or broke; null: none.</summary>
        public string? Of(AccountEvent happened)
        {
            var (inline, name) = (Policy is null && Way.Kind is not "AllUsers", Way.Source.PolicyName);
            return happened switch
            {
                UserAddedToGroup e when e.GroupId.Value == Group && e.UserId.Value == Principal => "Membership",
                UserRemovedFromGroup e when e.GroupId.Value == Group && e.UserId.Value == Principal => "Membership",
                UserPolicyPut e when inline && e.UserId.Value == Holder && e.PolicyName == name => "InlinePolicy",
                UserPolicyDeleted e when inline && e.UserId.Value == Holder && e.PolicyName == name => "InlinePolicy",
                GroupPolicyPut e when inline && e.GroupId.Value == Holder && e.PolicyName == name => "InlinePolicy",
                GroupPolicyDeleted e when inline && e.GroupId.Value == Holder && e.PolicyName == name => "InlinePolicy",
                UserPolicyAttached e when !Way.IsBoundary && e.PolicyId == Policy && e.UserId.Value == Holder => "Attachment",
                UserPolicyDetached e when !Way.IsBoundary && e.PolicyId == Policy && e.UserId.Value == Holder => "Attachment",
                GroupPolicyAttached e when e.PolicyId == Policy && e.GroupId.Value == Holder => "Attachment",
                GroupPolicyDetached e when e.PolicyId == Policy && e.GroupId.Value == Holder => "Attachment",
                UserPermissionsBoundaryPut e when Way.IsBoundary && e.UserId.Value == Holder => "PermissionsBoundary",
                UserPermissionsBoundaryDeleted e when Way.IsBoundary && e.UserId.Value == Holder => "PermissionsBoundary",
                DefaultPolicyVersionSet e when e.PolicyId == Policy => "DefaultVersion",
                PolicyCreated e when e.PolicyId == Policy => "PolicyVersion",
                PolicyDeleted e when e.PolicyId == Policy => "PolicyVersion",
                _ => null,
            };
        }

        /// <summary>Whether the last event of a link left it otherwise than the way has it: what makes it as it was is not what it was lost by.</summary>
        public bool IsBrokenBy(AccountEvent last) => last switch
        {
            UserAddedToGroup or UserPolicyAttached or GroupPolicyAttached or PolicyCreated => false,
            UserPolicyPut e => e.PolicyDocument != Way.Source.Text,
            GroupPolicyPut e => e.PolicyDocument != Way.Source.Text,
            DefaultPolicyVersionSet e => e.VersionId != Way.Source.VersionId,
            UserPermissionsBoundaryPut e => e.PolicyId != Policy,
            _ => true,
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
