using System.Runtime.InteropServices;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// A statement with the policy it comes from and, where the action was not looked up as a whole, the pattern of its name. What most statements come to,
/// one resource and no condition, stands here itself: at this speed a reference followed is what costs.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct GrantedStatement
{
    private readonly TextProbe nameProbe;
    private readonly TextProbe resourceProbe;
    private readonly Glob? name;
    private readonly Glob? resource;

    internal GrantedStatement(PolicyGrant grant, CompiledStatement statement, Glob? name = null)
    {
        Grant = grant;
        Statement = statement;
        this.name = name;
        resource = statement.OnlyResource;
        nameProbe = TextProbe.EndOf(name?.Prefix ?? "");
        resourceProbe = TextProbe.EndOf(statement.ResourcePrefix);
    }

    internal PolicyGrant Grant { get; }

    internal CompiledStatement Statement { get; }

    internal bool MatchesName(ReadOnlySpan<char> actionName) => nameProbe.Passes(actionName) && name!.IsMatch(actionName);

    /// <summary>Resource and condition; the action is what the index finds statements by.</summary>
    internal bool MatchesBesidesAction(in AccessRequest request) =>
        resourceProbe.Passes(request.Resource)
        && (resource is not null && request.Resource.Length > 1 ? resource.IsMatch(request.Resource) : Statement.MatchesBesidesAction(request.Resource, request.Context));
}
