using System.Globalization;

namespace IamEventSourced;

/// <summary>
/// AWS: the 36 characters that name a report on what services were last accessed. Ours says itself whose it is, how much it tells and when it was asked for, so that nothing is kept of it and every node
/// knows it: the entity's unique id, S or A, and microseconds since 1970 in base 16.
/// </summary>
public sealed record JobId(string Value) : Text<JobId>(Value), IText<JobId>
{
    const int IdLength = 21, ActionLevelAt = IdLength;
    const char Filler = '-';

    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(36, 36, @"[\u0021-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator JobId(string text) => new(text);

    /// <summary>The report on an entity.</summary>
    /// <param name="id">Its unique id, 21 characters at most.</param>
    /// <param name="actions">Whether it tells of actions too.</param>
    /// <param name="at">When it was asked for.</param>
    internal static JobId Of(string id, bool actions, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $"{id.PadRight(IdLength, Filler)}{(actions ? 'A' : 'S')}{(at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond:X14}");

    /// <summary>What it says; null: it is none of ours.</summary>
    internal (string Id, bool Actions, DateTimeOffset At)? Read() =>
        Value[ActionLevelAt] is 'A' or 'S' && long.TryParse(Value.AsSpan(ActionLevelAt + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var microseconds)
            ? (Value[..IdLength].TrimEnd(Filler), Value[ActionLevelAt] is 'A', DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds)) : null;
}
