using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>A statement with the policy it comes from and, where the action was not looked up as a whole, the pattern of its name.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct GrantedStatement
{
    private const int HeadLength = sizeof(ulong) / sizeof(char);

    private readonly ulong head;
    private readonly ulong headMask;
    private readonly Glob? name;

    internal GrantedStatement(PolicyGrant grant, CompiledStatement statement, Glob? name)
    {
        Grant = grant;
        Statement = statement;
        this.name = name;
        if (name is null) return;
        var length = Math.Min(name.Prefix.Length, HeadLength);
        headMask = length == HeadLength ? ulong.MaxValue : (1UL << (16 * length)) - 1;
        head = HeadOf(name.Prefix) & headMask;
    }

    internal PolicyGrant Grant { get; }

    internal CompiledStatement Statement { get; }

    /// <summary>The first four characters, which rule out most patterns without following a reference.</summary>
    internal static ulong HeadOf(ReadOnlySpan<char> name)
    {
        ulong packed = 0;
        for (var at = Math.Min(name.Length, HeadLength) - 1; at >= 0; at--) packed = packed << 16 | name[at];
        return packed;
    }

    internal bool MatchesName(ulong nameHead, ReadOnlySpan<char> actionName) => (nameHead & headMask) == head && name!.IsMatch(actionName);
}
