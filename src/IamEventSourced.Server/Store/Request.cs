namespace IamEventSourced.Server;

/// <summary>An operation on its way in: read by an edge, its caller authenticated.</summary>
/// <param name="Account">The account that it is about.</param>
/// <param name="Operation">The command or query.</param>
/// <param name="Caller">Who stands behind the signature.</param>
/// <param name="Id">The command's id; for a query it only correlates.</param>
public sealed record Request(AccountId Account, IOperation Operation, Caller Caller, CommandId Id)
{
    /// <summary>What the connection tells.</summary>
    public Origin Origin { get; init; } = Origin.Unknown;
    /// <summary>How new, or of what moment, a query's answer has to be.</summary>
    public Consistency Consistency { get; init; } = Consistency.Any;
    /// <summary>The revision that the account must have for a command to be carried out (If-Match); null: any.</summary>
    public long? Expected { get; init; }
    /// <summary>The conversation it belongs to; null: the command's own id.</summary>
    public string? Correlation { get; init; }
    /// <summary>The message that caused it; null: none.</summary>
    public string? Causation { get; init; }
    /// <summary>What came of the codes of an MFA device that it shows.</summary>
    internal MatchedCodes? Codes { get; init; }
    /// <summary>Whether somebody still waits for what comes of a command; when nobody does, it is not begun, since its sender has turned to another node by then.</summary>
    internal Func<bool> IsWanted { get; init; } = static () => true;
}

/// <summary>How new, or of what moment, the answer to a query has to be. At most one is set.</summary>
public sealed record Consistency
{
    /// <summary>What this node has.</summary>
    public static Consistency Any { get; } = new();
    /// <summary>This revision or a later one; the node waits briefly for it, else answers 503 with the revision it has.</summary>
    public long? AtLeast { get; init; }
    /// <summary>Exactly this revision: history.</summary>
    public long? At { get; init; }
    /// <summary>The last revision that is not after this time: history.</summary>
    public DateTimeOffset? AsOf { get; init; }
    /// <summary>The newest revision at this moment, on whatever node it was made.</summary>
    public bool Newest { get; init; }
}
