namespace IamEventSourced.PolicyEngine;

/// <summary>The six segments of an ARN pattern (R33).</summary>
internal static class ArnSegments
{
    internal const int Count = 6;

    /// <summary>At most six parts; a colon inside <c>${...}</c> separates nothing.</summary>
    internal static string[] Split(string pattern)
    {
        var parts = new List<string>(Count);
        var start = 0;
        var lastClose = pattern.LastIndexOf('}');
        for (var at = 0; at < pattern.Length && parts.Count < Count - 1; at++)
        {
            if (pattern[at] == '$' && at + 1 < pattern.Length && pattern[at + 1] == '{' && at < lastClose) at = pattern.IndexOf('}', at);
            else if (pattern[at] == ':')
            {
                parts.Add(pattern[start..at]);
                start = at + 1;
            }
        }
        parts.Add(pattern[start..]);
        return [.. parts];
    }
}
