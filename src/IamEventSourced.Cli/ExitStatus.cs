namespace IamEventSourced.Cli;

/// <summary>How the program ends, for scripts.</summary>
enum ExitStatus
{
    /// <summary>Done; of a question whether somebody may: allowed.</summary>
    Done = 0,
    /// <summary>It failed otherwise than below.</summary>
    Failed = 1,
    /// <summary>The command line, or what it asks for, is wrong.</summary>
    Usage = 2,
    /// <summary>Who was asked about may not; or who asks may not ask.</summary>
    Denied = 3,
    /// <summary>There is no such thing.</summary>
    NotFound = 4,
    /// <summary>The account is not as the command needs it.</summary>
    Conflict = 5,
    /// <summary>The service does not answer, or can't now.</summary>
    Unreachable = 6,
    /// <summary>A proof does not hold, or an expectation is not met.</summary>
    NotProven = 7,
}

/// <summary>Nothing can come of what was asked; the message is for people.</summary>
sealed class CannotException(ExitStatus status, string message) : Exception(message)
{
    public ExitStatus Status => status;

    /// <summary>What was written on the command line can't be meant.</summary>
    public static CannotException Usage(string message) => new(ExitStatus.Usage, message);
}
