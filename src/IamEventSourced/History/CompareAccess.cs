using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// What somebody, or everybody, gained and lost between an earlier moment and the one that is asked about, by which ways, and because of which events. Every request that is decided
/// otherwise at both moments is covered by an entry; what is proven to be allowed at both as before is not told.
/// </summary>
/// <param name="FromRevision">The earlier revision; this or <paramref name="From"/> is needed.</param>
/// <param name="From">The earlier moment.</param>
/// <param name="Entity">A user, group or policy, by its ARN at the later moment or by its unique id; none: all users of the account, those together that gained and lost the same.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
/// <param name="MaxItems">How many at most, of whom those that gained and lost the same are one; 100 where none is given.</param>
public sealed record CompareAccess(Revision? FromRevision = null, DateTimeOffset? From = null, EntityReference? Entity = null, Marker? Marker = null, MaxItems? MaxItems = null) : IHistoryQuery<CompareAccessAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [Entity is null ? Permission.OnAccount : Entity.PermissionIn(directory)];

    /// <inheritdoc/>
    public async Task<Answer<CompareAccessAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (Marker is not null && (Entity is not null || UserId.Limits.Violation(this.After ?? "") is not null)) return Paging.InvalidMarker; // no page of one is followed by another
        if (FromRevision is null == From is null) return IamError.InvalidInput("FromRevision: give this or From, one of them.");
        var from = FromRevision?.Value ?? await history.RevisionAt(From!.Value);
        if (from is 0) return IamError.InvalidInput($"From: the account did not exist at {Json.Write(From!.Value)}.");
        if (from > directory.Revision) return IamError.InvalidInput($"{(From is null ? "FromRevision" : "From")}: it is later than the revision {directory.Revision} that is asked about.");

        var id = Entity is null ? null : await Find(Entity);
        if (Entity is not null && id is null) return IamError.NoSuchEntity($"There is no {Entity}; of one that was deleted or renamed, ask by its unique id.");
        var (before, after) = await At(id is null ? null : new(id));
        // Those of anything in the account.
        if (id is not null && Comparison().LooksAtTags(id)) (before, after) = await At(null);
        if ((id is null ? Comparison().OfAccount(Marker is null ? null : new(this.After!)) : Comparison().Of(id)) is not { } compared) return Paging.InvalidMarker;
        var page = Paging.Cut(compared, this.Count, directory.Revision, alike => alike.Principals[0].Id);

        var causes = new AccessCauses(before, after, history);
        List<AccessChange> changes = [];
        foreach (var (principals, differences) in page.Items)
            foreach (var difference in differences)
                changes.Add(AccessChange.Of(difference, principals, await causes.Of(difference, principals)));
        return new CompareAccessAnswer(from, directory.Revision, changes, page.IsTruncated, page.Marker);

        AccessComparison Comparison() => new(before, From ?? before.At, after, call.At);

        // Who has the name now; of a name that is nobody's, who had it then and is no more: who has another name now is asked about by that.
        async Task<string?> Find(EntityReference entity)
        {
            if ((await history.PartAt(directory.Revision, entity)).Current(entity) is var (current, _)) return current;
            return (await history.PartAt(from, entity)).Current(entity) is var (old, _) && (await history.PartAt(directory.Revision, new(old))).Current(new EntityReference(old)) is null ? old : null;
        }

        async Task<(Directory Before, Directory After)> At(EntityReference? entity) => entity is null ? (await history.DirectoryAt(from), await history.DirectoryAt(directory.Revision))
            : (await history.PartAt(from, entity), await history.PartAt(directory.Revision, entity));
    }
}

/// <summary>What was gained and lost.</summary>
/// <param name="FromRevision">The earlier revision.</param>
/// <param name="Revision">The later one.</param>
/// <param name="Changes">What was gained and lost; none, on the only page: whatever may be asked is decided alike.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record CompareAccessAnswer(long FromRevision, long Revision, IReadOnlyList<AccessChange> Changes, bool IsTruncated, Marker? Marker);

/// <summary>Access that was gained or lost. Whether a request is decided otherwise depends on what else is in force; no other request is.</summary>
/// <param name="Change">gained or lost.</param>
/// <param name="Access">What, for people: as <c>Allow s3:GetObject on *</c>, which came into force or went out of it.</param>
/// <param name="InForce">Whether it is in force at the later moment: an allow that is, is gained; a deny that is not any more, too.</param>
/// <param name="Principals">Who: at most 100; the entity that was asked about.</param>
/// <param name="PrincipalCount">How many.</param>
/// <param name="Ways">By which ways it is, or was, in force.</param>
/// <param name="Causes">The events between both moments that did it; none: time alone, by a condition, or what is told beside it: the commands of a dry run, the event of a notice.</param>
/// <param name="Statement">The statement; absent: everything, as when a permissions boundary is set or the account closed.</param>
public sealed record AccessChange(string Change, string Access, bool InForce, IReadOnlyList<Arn> Principals, int PrincipalCount, IReadOnlyList<ChangedWay> Ways, IReadOnlyList<Cause> Causes, JsonElement? Statement = null)
{
    internal const int MostPrincipals = 100;

    internal static AccessChange Of(AccessDifference difference, IReadOnlyList<ComparedPrincipal> principals, IReadOnlyList<Cause> causes) => new(difference.Gained ? "gained" : "lost", difference.Access, difference.InForce,
        [.. principals.Take(MostPrincipals).Select(principal => principal.Arn)], principals.Count,
        [.. difference.Ways.Select(way => new ChangedWay(way.Source.PolicyName, way.Source.PolicyArn, way.Source.VersionId, way.Source.Through, way.Kind))], causes,
        difference.Statement is { } statement ? JsonElement.Parse(statement.Text) : null);
}

/// <summary>A way by which a statement is or was in force.</summary>
/// <param name="PolicyName">The policy's name.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="VersionId">The version; absent for an inline policy.</param>
/// <param name="Through">The user or group that has the policy: its ARN.</param>
/// <param name="Way">Direct, Group, PermissionsBoundary or AllUsers.</param>
public sealed record ChangedWay(PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, Arn Through, string Way);
