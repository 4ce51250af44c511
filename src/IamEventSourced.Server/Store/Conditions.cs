using System.Globalization;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>The conditions of a search, of which each may be asked for or not, and their parameters.</summary>
/// <param name="command">The command that the parameters go into.</param>
sealed class Conditions(NpgsqlCommand command)
{
    readonly List<string> _all = [];

    /// <summary>Adds one, <c>{0}</c> being where the value goes; none where there is no value.</summary>
    public void Where(string condition, object? value)
    {
        if (value is not null) _all.Add(string.Format(CultureInfo.InvariantCulture, condition, Parameter(value)));
    }

    /// <summary>Only what comes before a place of a list with the newest first; all where there is none.</summary>
    public void Before((DateTimeOffset At, long Id)? place)
    {
        if (place is not var (at, id)) return;
        var time = Parameter(at); // by itself too: partitions are passed over by that alone
        _all.Add($"at <= {time} and (at, id) < ({time}, {Parameter(id)})");
    }

    /// <summary>Only what comes up to a place of a list with the newest first; all where there is none.</summary>
    public void Until((DateTimeOffset At, long Id)? place)
    {
        if (place is not var (at, id)) return;
        var time = Parameter(at);
        _all.Add($"at >= {time} and (at, id) >= ({time}, {Parameter(id)})");
    }

    /// <summary>Adds a parameter.</summary>
    /// <returns>As it is written in the command.</returns>
    public string Parameter(object value)
    {
        command.Parameters.Add(new() { Value = value });
        return string.Create(CultureInfo.InvariantCulture, $"${command.Parameters.Count}");
    }

    /// <summary>All of them, as what follows <c>where</c>.</summary>
    public override string ToString() => string.Join(" and ", _all);
}
