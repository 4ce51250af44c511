namespace IamEventSourced;

/// <summary>An event as the cause of something: who did it, when and by which command. What happened in it tells <see cref="GetEntityHistory"/> of that revision.</summary>
/// <param name="Revision">Its number in the account's stream.</param>
/// <param name="Type">What kind.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Command">The id of the command that it came from.</param>
/// <param name="Index">Which of that command's events.</param>
/// <param name="Correlation">The conversation it belongs to.</param>
/// <param name="Causation">The message that caused the command.</param>
public sealed record Cause(long Revision, string Type, DateTimeOffset At, Actor By, CommandId Command, int Index, string Correlation, string? Causation)
{
    /// <summary>The event, for an answer.</summary>
    public static Cause Of(RecordedEvent recorded) => new(recorded.Revision, recorded.Type, recorded.At, recorded.By, recorded.Command, recorded.Index, recorded.Correlation, recorded.Causation);
}
