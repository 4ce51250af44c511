using System.Net.Sockets;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>What it looks like when the database, or what has the master keys, can't be reached.</summary>
static class Unreachable
{
    extension(Exception failure)
    {
        /// <summary>
        /// Whether the database, not the statement, is at fault, or the master keys' place. A name that can't be resolved comes as a bare SocketException, an end of the
        /// process of the server as a PostgresException of class 57, a time-out as itself.
        /// </summary>
        public bool IsUnreachable => failure switch
        {
            PostgresException { SqlState: ['5', '7', ..] or ['0', '8', ..] or ['5', '3', ..] } => true,
            PostgresException => false,
            NpgsqlException or SocketException or IOException or TimeoutException or MasterKeyUnavailableException => true,
            _ => false,
        };
    }
}
