using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// What happened to a user, group, policy, server certificate, MFA device or the account, in order: every event that touched it, with who, when and by which command,
/// what it touched by the names of that time, and what was so before and after.
/// </summary>
/// <param name="Entity">Its ARN as it is now, or its unique id, which also finds what was deleted or renamed; the account's for all that happened in it.</param>
/// <param name="FromRevision">Where to begin; the account's first revision where none is given, or its newest for the newest first.</param>
/// <param name="MaxItems">How many events at most; 100 where none is given.</param>
/// <param name="PrincipalId">Only what this principal did: a user's id, the account's for its root, or <c>operator</c>.</param>
/// <param name="AccessKeyId">Only what was signed with this access key.</param>
/// <param name="EventType">Only events of this kind, as <c>user-added-to-group</c>.</param>
/// <param name="CommandId">Only what this command did.</param>
/// <param name="CorrelationId">Only what belongs to this conversation.</param>
/// <param name="From">Only at this time or later.</param>
/// <param name="To">Only before this time.</param>
/// <param name="NewestFirst">Whether to go back in time.</param>
public sealed record GetEntityHistory(EntityReference Entity, Revision? FromRevision = null, MaxItems? MaxItems = null, PrincipalId? PrincipalId = null, AccessKeyId? AccessKeyId = null,
    EventType? EventType = null, CommandId? CommandId = null, CorrelationId? CorrelationId = null, DateTimeOffset? From = null, DateTimeOffset? To = null, bool NewestFirst = false) : IHistoryQuery<GetEntityHistoryAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [Entity.PermissionIn(directory)];

    /// <inheritdoc/>
    public async Task<Answer<GetEntityHistoryAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        // A name leads to who held it at that revision.
        if ((Entity.IsArn ? directory.Current(Entity)?.Id : Entity.Value) is not { } entity)
            return IamError.NoSuchEntity($"There is no {Entity}; of one that was deleted or renamed, ask by its unique id.");

        var count = MaxItems?.Value ?? 100;
        var events = await history.EventsOf(entity, this, count + 1);
        var more = events.Count > count;
        var facts = await history.FactsOf([.. events.Take(count)]);
        return new GetEntityHistoryAnswer(entity, [.. events.Take(count).Zip(facts, HistoryEntry.Of)], more, more ? events[count].Revision : null);
    }

    /// <summary>Whether an event that touched the entity is one that is asked for.</summary>
    public bool Fits(RecordedEvent recorded) =>
        (FromRevision is not { Value: var first } || (NewestFirst ? recorded.Revision <= first : recorded.Revision >= first))
        && (PrincipalId is null || PrincipalId.Value == recorded.By.PrincipalId) && (AccessKeyId is null || AccessKeyId == recorded.By.AccessKeyId)
        && (EventType is null || EventType.Value == recorded.Type) && (CommandId is null || CommandId == recorded.Command) && (CorrelationId is null || CorrelationId.Value == recorded.Correlation)
        && !(recorded.At < From) && !(recorded.At >= To);
}

/// <summary>An entity's events.</summary>
/// <param name="EntityId">The unique id.</param>
/// <param name="Events">In order.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="NextRevision">Where to go on, when there are more.</param>
public sealed record GetEntityHistoryAnswer(string EntityId, IReadOnlyList<HistoryEntry> Events, bool IsTruncated, long? NextRevision);

/// <summary>One event, as it is stored, and what is known about it.</summary>
/// <param name="Revision">Its number in the account's stream.</param>
/// <param name="Type">What kind.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Command">The id of the command that it came from.</param>
/// <param name="Index">Which of that command's events.</param>
/// <param name="Correlation">The conversation it belongs to.</param>
/// <param name="Causation">The message that caused the command.</param>
/// <param name="Data">What happened.</param>
/// <param name="Leaf">Its leaf in the ledger, in hexadecimal.</param>
/// <param name="Names">The ARNs that the users, groups, policies, certificates and devices that it touched had then, by their ids; of one that it deleted, the last.</param>
/// <param name="Changes">What was so before it, and after.</param>
public sealed record HistoryEntry(long Revision, string Type, DateTimeOffset At, Actor By, CommandId Command, int Index, string Correlation, string? Causation, JsonElement Data, string Leaf,
    IReadOnlyDictionary<string, Arn> Names, IReadOnlyList<FactChange> Changes)
{
    /// <summary>The event, for an answer.</summary>
    public static HistoryEntry Of(RecordedEvent recorded, EventFacts facts) => new(recorded.Revision, recorded.Type, recorded.At, recorded.By, recorded.Command,
        recorded.Index, recorded.Correlation, recorded.Causation, JsonElement.Parse(recorded.Data),
        Convert.ToHexStringLower(Ledger.LeafOf(recorded)), facts.Names, facts.Changes);
}

/// <summary>What an event's ids stood for, and what it changed.</summary>
/// <param name="Names">ARNs by ids.</param>
/// <param name="Changes">What was so before it, and after.</param>
public sealed record EventFacts(IReadOnlyDictionary<string, Arn> Names, IReadOnlyList<FactChange> Changes)
{
    /// <summary>The names of what an event touched, in its order; of what has none, nothing.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="name">The ARN of an id then; null: it has none.</param>
    public static IReadOnlyDictionary<string, Arn> NamesOf(RecordedEvent recorded, Func<string, Arn?> name) =>
        recorded.Event.Entities().Distinct(StringComparer.Ordinal).Select(id => (Id: id, Arn: name(id))).Where(one => one.Arn is not null).ToDictionary(one => one.Id, one => one.Arn!, StringComparer.Ordinal);
}

/// <summary>What an event did to one fact, as the interval rows name facts and their parts.</summary>
/// <param name="Fact">Which kind, as <c>memberships</c>, <c>tags</c>, <c>default_versions</c>.</param>
/// <param name="Key">Which one.</param>
/// <param name="Before">What it was like; absent: it was not so.</param>
/// <param name="After">What it is like; absent: it is no more so.</param>
public sealed record FactChange(string Fact, IReadOnlyDictionary<string, string> Key, IReadOnlyDictionary<string, string>? Before, IReadOnlyDictionary<string, string>? After);

/// <summary>The stored name of a kind of event: 1–64 small letters and hyphens.</summary>
public sealed record EventType(string Value) : Text<EventType>(Value), IText<EventType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[a-z-]+");
    /// <inheritdoc/>
    public static implicit operator EventType(string text) => new(text);
}

/// <summary>A conversation's name, as its sender gave it: 1–128 printable ASCII characters.</summary>
public sealed record CorrelationId(string Value) : Text<CorrelationId>(Value), IText<CorrelationId>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 128, @"[\u0020-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator CorrelationId(string text) => new(text);
}

/// <summary>A user, group, policy, server certificate, MFA device or the account: by ARN or by unique id.</summary>
public sealed record EntityReference(string Value) : Text<EntityReference>(Value), IText<EntityReference>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 2048, @"arn:[\u0021-\u007E]+|[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator EntityReference(string text) => new(text);

    /// <summary>The operation's own action on the entity; on anything, where the unique id is nobody's (any more).</summary>
    internal Permission PermissionIn(Directory directory) => new(IsArn ? Value : directory.Current(this)?.Arn.Value ?? "*");

    /// <summary>Whether it is an ARN.</summary>
    public bool IsArn => Value.StartsWith("arn:", StringComparison.Ordinal);
}

/// <summary>A revision of an account: the number of an event in its stream, from 1.</summary>
public sealed record Revision(int Value) : Number<Revision>(Value), INumber<Revision>
{
    /// <inheritdoc/>
    public static (int Min, int Max) Limits => (1, int.MaxValue);
    /// <inheritdoc/>
    public static implicit operator Revision(int number) => new(number);
}

/// <summary>What can be asked of entities of any kind.</summary>
public static class EntityDirectory
{
    extension(Directory directory)
    {
        /// <summary>The entity as it is in this directory, if a later one has it no more; null: there is none, or it has another name by then.</summary>
        public (string Id, Arn Arn)? Gone(EntityReference reference, Directory later) => directory.Current(reference) is { } entity && later.Current(new EntityReference(entity.Id)) is null ? entity : null;

        /// <summary>The entity as it is in this directory; null when there is none (any more).</summary>
        public (string Id, Arn Arn)? Current(EntityReference reference)
        {
            var account = directory.Account;
            if (reference.IsArn)
            {
                if (reference.Value == $"arn:aws:iam::{account}:root") return (account.Value, reference.Value);
                if (reference.Value.Length < Arn.Limits.Min) return null;
                Arn arn = reference.Value;
                if (directory.FindUser(arn) is { } user) return (user.Id.Value, arn);
                if (directory.FindGroup(arn) is { } group) return (group.Id.Value, arn);
                if (directory.FindServerCertificate(arn) is { } certificate) return (certificate.Id.Value, arn);
                if (directory.FindMFADevice(arn) is { } device) return (device.Id.Value, arn);
                return directory.FindPolicy(arn) is { } policy ? (policy.Id.Value, arn) : null;
            }
            return reference.Value switch
            {
                ['A', 'I', 'D', 'A', ..] when UserId.Limits.Violation(reference.Value) is null && directory.Users.Find(new UserId(reference.Value)) is { } user => (user.Id.Value, directory.ArnOf(user)),
                ['A', 'G', 'P', 'A', ..] when GroupId.Limits.Violation(reference.Value) is null && directory.Groups.Find(new GroupId(reference.Value)) is { } group => (group.Id.Value, directory.ArnOf(group)),
                ['A', 'N', 'P', 'A', ..] when PolicyId.Limits.Violation(reference.Value) is null && directory.FindPolicyById(new PolicyId(reference.Value)) is { } policy => (policy.Id.Value, directory.ArnOf(policy)),
                ['A', 'S', 'C', 'A', ..] when ServerCertificateId.Limits.Violation(reference.Value) is null && directory.ServerCertificates.Find(new ServerCertificateId(reference.Value)) is { } certificate => (certificate.Id.Value, directory.ArnOf(certificate)),
                ['A', 'M', 'F', 'A', ..] when MFADeviceId.Limits.Violation(reference.Value) is null && directory.MFADevices.Find(new MFADeviceId(reference.Value)) is { } device => (device.Id.Value, directory.SerialNumberOf(device).Value),
                _ when reference.Value == account.Value => (account.Value, Arn.Of(account, "root")),
                _ => null,
            };
        }
    }
}
