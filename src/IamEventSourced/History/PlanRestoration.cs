namespace IamEventSourced;

/// <summary>
/// The commands that bring a user, group or policy back to what it was at an earlier revision, as a plan: to be read, tried by <see cref="SimulateCommands"/> and sent in this order.
/// What no command brings back is said beside them.
/// </summary>
/// <param name="Entity">A user, group or policy, by its ARN or by its unique id, also of one that was deleted.</param>
/// <param name="ToRevision">The revision.</param>
public sealed record PlanRestoration(EntityReference Entity, Revision ToRevision) : IHistoryQuery<PlanRestorationAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Entity.PermissionIn(directory)];

    /// <inheritdoc/>
    public async Task<Answer<PlanRestorationAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (ToRevision.Value > directory.Revision) return IamError.InvalidInput($"ToRevision: it is later than the revision {directory.Revision} that is asked about.");
        var now = await history.DirectoryAt(directory.Revision);
        // Who has the name now; of a name that is nobody's, who had it then and is no more: who has another name now is asked about by that.
        if ((now.Current(Entity) ?? (await history.PartAt(ToRevision.Value, Entity)).Gone(Entity, now)) is not var (id, arn)) return IamError.NoSuchEntity($"There is no {Entity}; of one that was deleted or renamed, ask by its unique id.");

        var kind = id[..4];
        if (kind is not ("AIDA" or "AGPA" or "ANPA") || arn.IsOfAwsPolicy) return IamError.InvalidInput($"Entity: {arn} is no user, group or policy of the account.");

        var restoration = new Restoration(now, await history.PartAt(ToRevision.Value, new(id), holders: true));
        if (kind is "AIDA") restoration.Restore(new UserId(id));
        else if (kind is "AGPA") restoration.Restore(new GroupId(id));
        else restoration.Restore(new PolicyId(id));
        return new PlanRestorationAnswer(id, ToRevision.Value, directory.Revision, [.. restoration.Commands.Select(CommandInput.Of)], restoration.Lost);
    }
}

/// <summary>A way back.</summary>
/// <param name="EntityId">Whose.</param>
/// <param name="ToRevision">To what it was at this revision.</param>
/// <param name="Revision">From what it is at this one.</param>
/// <param name="Commands">The commands, in order; none: it is as it was.</param>
/// <param name="Lost">What does not come back, a sentence each.</param>
public sealed record PlanRestorationAnswer(string EntityId, long ToRevision, long Revision, IReadOnlyList<CommandInput> Commands, IReadOnlyList<string> Lost);
