namespace IamEventSourced.Server;

/// <summary>What came of an operation, and the revision at which it holds.</summary>
/// <param name="Refusal">Why it was refused, or null.</param>
/// <param name="Revision">The account's revision that the answer was read from or that the command led to; 0: no account.</param>
/// <param name="Answer">The answer's record, or (for a command that was repeated) its stored JSON as a JsonElement; null: done, nothing more to say.</param>
/// <param name="Confirmed">When this node last knew that its directory was the newest; null for an answer about the past.</param>
public sealed record Reply(IamError? Refusal, long Revision, object? Answer = null, DateTimeOffset? Confirmed = null);
