namespace IamEventSourced.Server;

/// <summary>No PostgreSQL can be had. The message is plain sentences for the person who started us; print it alone.</summary>
public sealed class PostgresUnavailableException : Exception
{
    public PostgresUnavailableException() { }
    public PostgresUnavailableException(string message) : base(message) { }
    public PostgresUnavailableException(string message, Exception? inner) : base(message, inner) { }
}
