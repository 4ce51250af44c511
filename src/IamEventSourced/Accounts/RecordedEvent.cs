using System.Text.Json;

namespace IamEventSourced;

/// <summary>An event as it is in the account's stream: everything that is stored about it, and so all that its leaf in the ledger covers.</summary>
/// <param name="Account">Whose stream.</param>
/// <param name="Revision">Its number in the stream, from 1, without gaps.</param>
/// <param name="Event">What happened.</param>
/// <param name="At">When, in whole microseconds.</param>
/// <param name="By">Who did it.</param>
/// <param name="Command">The command that it came from.</param>
/// <param name="Index">Which of that command's events, from 0.</param>
/// <param name="Correlation">The conversation that the command belongs to; the command's own id where none was given.</param>
/// <param name="Causation">The message that caused the command, or null.</param>
/// <param name="Schema">The version of this layout of metadata, 1.</param>
public sealed record RecordedEvent(AccountId Account, long Revision, AccountEvent Event, DateTimeOffset At, Actor By, CommandId Command, int Index,
    string Correlation, string? Causation, int Schema = RecordedEvent.CurrentSchema)
{
    /// <summary>The layout that is written today.</summary>
    public const int CurrentSchema = 1;

    readonly string? _type, _data;

    /// <summary>The event's name as it is stored; an older one than today's where the event was read as a newer shape.</summary>
    public string Type { get => _type ?? Event.StoredName(); init => _type = value; }

    /// <summary>The event's JSON as it is stored.</summary>
    public string Data { get => _data ?? JsonSerializer.Serialize(Event, Event.GetType(), Json.Options); init => _data = value; }
}

/// <summary>Who did something, as it was at that time.</summary>
/// <param name="PrincipalId">A user's AIDA…, root's account id, or "operator".</param>
/// <param name="AccessKeyId">The key that signed.</param>
/// <param name="Arn">The ARN that the caller had then.</param>
public sealed record Actor(string PrincipalId, AccessKeyId AccessKeyId, Arn Arn);
