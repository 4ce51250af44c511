using System.Collections.Immutable;
using System.Globalization;

namespace IamEventSourced.PolicyEngine;

/// <summary>
/// What policies would come to (R120), as AWS's simulator answers: the evaluator's decisions (R129), with statements, positions and the context keys that were not given.
/// </summary>
public sealed record Simulator
{
    private const string IdentityType = "IAM Policy";
    private const string ResourceType = "Resource Policy";

    /// <summary>The policies; their <see cref="PolicySet.ResourceAccount"/> owns the resources whose ARNs name no account, which are looked at where there is a resource policy. <see cref="Inputs"/> names those that are given as texts.</summary>
    public required PolicySet Policies { get; init; }

    /// <summary>Who asks; null where no policy names principals and the account has no meaning.</summary>
    public Principal? Caller { get; init; }

    /// <summary>The condition keys.</summary>
    public RequestContext Context { get; init; } = RequestContext.Empty;

    /// <summary>Policies given as texts, named as the simulator names them (R124): <c>PolicyInputList.1</c>, <c>PermissionsBoundaryPolicyInputList.1</c>, <c>ResourcePolicy</c>.</summary>
    /// <param name="identity">The identity documents.</param>
    /// <param name="boundary">The boundary, or null.</param>
    /// <param name="resource">The resource policy, or null.</param>
    /// <param name="serviceControl">The levels of service control, root first; null: none.</param>
    /// <param name="resourceAccount">The account that owns the resources; null: the caller's.</param>
    /// <exception cref="MalformedPolicyException">A text is no policy.</exception>
    public static PolicySet Inputs(
        IEnumerable<string> identity, string? boundary = null, string? resource = null, IEnumerable<IEnumerable<string>>? serviceControl = null, string? resourceAccount = null)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return new()
        {
            Identity = GrantSet.Of(Numbered("PolicyInputList", identity)),
            PermissionsBoundary = boundary is null ? null : GrantSet.Of(Numbered("PermissionsBoundaryPolicyInputList", [boundary])),
            Resource = resource is null ? null : ResourcePolicies.Of(new PolicyGrant("ResourcePolicy", Read(resource))),
            ServiceControl = [.. (serviceControl ?? []).Select((level, index) => GrantSet.Of(Numbered(string.Create(CultureInfo.InvariantCulture, $"OrderedSCPs.{index + 1}"), level)))],
            ResourceAccount = resourceAccount,
        };
    }

    /// <summary>How many statements and context keys a result may tell of at most.</summary>
    public long Size => Documents().Sum(document => (long)document.Statements.Length) + ContextKeys.Of(Documents()).Count;

    /// <summary>Tries an action on each resource.</summary>
    /// <param name="action">A concrete action, <c>service:name</c> (R21).</param>
    /// <param name="resources">ARNs or <c>*</c>; none means <c>*</c>, and then there are no results by resource.</param>
    /// <exception cref="InvalidOperationException">There is a resource policy but no caller (R120).</exception>
    public SimulationResult Simulate(string action, params IReadOnlyList<string> resources) => Simulate([action], resources).Single();

    /// <summary>Tries each action on each resource, in the order of the actions.</summary>
    /// <inheritdoc cref="Simulate(string, IReadOnlyList{string})"/>
    public IEnumerable<SimulationResult> Simulate(IReadOnlyList<string> actions, IReadOnlyList<string> resources)
    {
        ArgumentNullException.ThrowIfNull(actions);
        ArgumentNullException.ThrowIfNull(resources);
        if (Caller is null && Policies.Resource is not null) throw new InvalidOperationException("A resource policy needs a caller.");
        var missing = ContextKeys.Missing(Documents(), Context);
        return actions.Select(action => Simulate(action, resources, missing));
    }

    private SimulationResult Simulate(string action, IReadOnlyList<string> resources, IReadOnlyList<string> missing)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (resources.Count == 0) return Try(action, "*") with { MissingContextValues = missing };

        SimulationResult[] each = [.. resources.Select(resource => Try(action, resource))];

        // R122: the most restrictive one.
        var worst = each.MinBy(result => result.Outcome switch { AccessOutcome.ExplicitDeny => 0, AccessOutcome.ImplicitDeny => 1, _ => 2 })!;
        return worst with
        {
            ResourceSpecificResults = [.. each.Select(result => new ResourceSpecificResult(result.EvalResourceName, result.Outcome, result.MatchedStatements, missing, result.EvalDecisionDetails, result.AllowedByPermissionsBoundary))],
        };
    }

    private static IEnumerable<PolicyGrant> Numbered(string list, IEnumerable<string> texts) =>
        texts.Select((text, index) => new PolicyGrant(string.Create(CultureInfo.InvariantCulture, $"{list}.{index + 1}"), Read(text)));

    private static CompiledPolicy Read(string text) => CompiledPolicy.Compile(PolicyDocument.Parse(text));

    private SimulationResult Try(string action, string resource)
    {
        var principal = Caller ?? Principal.Unnamed;
        var policies = Policies with { ResourceAccount = Caller is null ? null : Policies.Resource is not null && AccountOf(resource) is { } named ? named : Policies.ResourceAccount };
        var request = new AccessRequest(action, resource, Context);
        var decision = Evaluator.Explain(principal, policies, request);
        return new(action, resource, decision.Outcome)
        {
            MatchedStatements = [.. decision.Matched.Select(match => new SimulatedStatement(match.PolicyId, match.Source == PolicySource.Resource ? ResourceType : IdentityType, match.Start, match.End))],
            EvalDecisionDetails = Evaluator.Crosses(principal, policies) ? Details(Evaluator.Ask(principal, policies, request)) : ImmutableDictionary<string, AccessOutcome>.Empty,
            AllowedByOrganizations = decision.AllowedByOrganizations,
            AllowedByPermissionsBoundary = decision.AllowedByBoundary,
        };
    }

    /// <summary>The account that an ARN names; null: it names none.</summary>
    private static string? AccountOf(string resource) => resource.Split(':', 6) is ["arn", _, _, _, { Length: 12 } account, _] && account.All(char.IsAsciiDigit) ? account : null;

    private static ImmutableDictionary<string, AccessOutcome> Details(in Results results) => ImmutableDictionary<string, AccessOutcome>.Empty
        .Add(IdentityType, results.Identity)
        .Add(ResourceType, results.ResourceDenies ? AccessOutcome.ExplicitDeny : results.Resource != PrincipalMatch.None ? AccessOutcome.Allowed : AccessOutcome.ImplicitDeny);

    private IEnumerable<PolicyDocument> Documents() =>
        new[] { Policies.Identity, Policies.PermissionsBoundary, Policies.Session, Policies.Resource?.Set }
            .Concat(Policies.ServiceControl).Concat(Policies.ResourceControl.Select(level => level.Set)).Append(Policies.Endpoint?.Set)
            .SelectMany(set => set?.Grants ?? [])
            .Select(grant => grant.Policy.Document)
            .OfType<PolicyDocument>();
}
