using System.Text.Json;

namespace IamEventSourced;

/// <summary>What happened to a user, group or policy, in order: every event that touched it, with who, when and by which command.</summary>
/// <param name="Entity">Its ARN as it is now, or its unique id, which also finds what was deleted or renamed.</param>
/// <param name="FromRevision">Where to begin; the account's first revision where none is given.</param>
/// <param name="MaxItems">How many events at most; 100 where none is given.</param>
public sealed record GetEntityHistory(EntityReference Entity, Revision? FromRevision = null, MaxItems? MaxItems = null) : IHistoryQuery<GetEntityHistoryAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [new(Entity.IsArn ? Entity.Value : directory.Current(Entity)?.Arn.Value ?? "*")];

    /// <inheritdoc/>
    public async Task<Answer<GetEntityHistoryAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        // A name leads to who held it at that revision.
        if ((Entity.IsArn ? directory.Current(Entity)?.Id : Entity.Value) is not { } entity)
            return IamError.NoSuchEntity($"There is no {Entity}; of one that was deleted or renamed, ask by its unique id.");

        var count = MaxItems?.Value ?? 100;
        var events = await history.EventsOf(entity, FromRevision?.Value ?? 1, count + 1);
        var more = events.Count > count;
        return new GetEntityHistoryAnswer(entity, [.. events.Take(count).Select(HistoryEntry.Of)], more, more ? events[count].Revision : null);
    }
}

/// <summary>An entity's events.</summary>
/// <param name="EntityId">The unique id.</param>
/// <param name="Events">In order.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="NextRevision">Where to go on, when there are more.</param>
public sealed record GetEntityHistoryAnswer(string EntityId, IReadOnlyList<HistoryEntry> Events, bool IsTruncated, long? NextRevision);

/// <summary>One event, as it is stored.</summary>
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
public sealed record HistoryEntry(long Revision, string Type, DateTimeOffset At, Actor By, CommandId Command, int Index, string Correlation, string? Causation, JsonElement Data, string Leaf)
{
    /// <summary>The event, for an answer.</summary>
    public static HistoryEntry Of(RecordedEvent recorded) => new(recorded.Revision, recorded.Type, recorded.At, recorded.By, recorded.Command,
        recorded.Index, recorded.Correlation, recorded.Causation, JsonElement.Parse(recorded.Data),
        Convert.ToHexStringLower(Ledger.LeafOf(recorded)));
}

/// <summary>A user, group, policy, server certificate or the account: by ARN or by unique id.</summary>
public sealed record EntityReference(string Value) : Text<EntityReference>(Value), IText<EntityReference>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 2048, @"arn:[\u0021-\u007E]+|[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator EntityReference(string text) => new(text);

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
                return directory.FindPolicy(arn) is { } policy ? (policy.Id.Value, arn) : null;
            }
            return reference.Value switch
            {
                ['A', 'I', 'D', 'A', ..] when directory.Users.Find(new UserId(reference.Value)) is { } user => (user.Id.Value, directory.ArnOf(user)),
                ['A', 'G', 'P', 'A', ..] when directory.Groups.Find(new GroupId(reference.Value)) is { } group => (group.Id.Value, directory.ArnOf(group)),
                ['A', 'N', 'P', 'A', ..] when directory.FindPolicyById(new PolicyId(reference.Value)) is { } policy => (policy.Id.Value, directory.ArnOf(policy)),
                ['A', 'S', 'C', 'A', ..] when directory.ServerCertificates.Find(new ServerCertificateId(reference.Value)) is { } certificate => (certificate.Id.Value, directory.ArnOf(certificate)),
                _ when reference.Value == account.Value => (account.Value, Arn.Of(account, "root")),
                _ => null,
            };
        }
    }
}
