using System.Globalization;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>What AWS's policy simulator is asked, whosever the policies are (R120). The policies decide by what is given alone: condition keys that the service would fill have to be given, too.</summary>
public interface IPolicySimulation : IPaged
{
    /// <summary>Policies to be tried as texts, as if they were attached.</summary>
    PolicyText[]? PolicyInputList { get; }
    /// <summary>The permissions boundary to be tried, at most one.</summary>
    PolicyText[]? PermissionsBoundaryPolicyInputList { get; }
    /// <summary>The actions, without wildcards; each is tried on each resource.</summary>
    ActionName[] ActionNames { get; }
    /// <summary>The resources, which need not be there; "*" where none is given.</summary>
    ResourceName[]? ResourceArns { get; }
    /// <summary>The policy of each of the resources; needs a caller.</summary>
    PolicyText? ResourcePolicy { get; }
    /// <summary>Whose the resources are whose ARNs do not say it, in the account's place of an ARN; none: the caller's account's. Needs a caller.</summary>
    ResourceOwner? ResourceOwner { get; }
    /// <summary>The user that is supposed to ask, also of another account.</summary>
    Arn? CallerArn { get; }
    /// <summary>The condition keys.</summary>
    ContextEntry[]? ContextEntries { get; }
    /// <summary>What kinds of resources have to be among those that are given.</summary>
    ResourceHandlingOption? ResourceHandlingOption { get; }
}

/// <summary>AWS: the account that owns the resources of a simulation: its number, or its root's ARN.</summary>
public sealed record ResourceOwner(string Value) : Text<ResourceOwner>(Value), IText<ResourceOwner>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(12, 2048, "[A-Za-z0-9:/-]+");
    /// <inheritdoc/>
    public static implicit operator ResourceOwner(string text) => new(text);

    /// <summary>The account; null: it is none.</summary>
    public AccountId? Account
    {
        get
        {
            const string head = "arn:aws:iam::", tail = ":root";
            var number = Value.StartsWith(head, StringComparison.Ordinal) && Value.EndsWith(tail, StringComparison.Ordinal) ? Value[head.Length..^tail.Length] : Value;
            return AccountId.Limits.Violation(number) is null ? new(number) : null;
        }
    }
}

/// <summary>AWS: a scenario of EC2, which says what kinds of resources its requests name.</summary>
public sealed record ResourceHandlingOption(string Value) : Text<ResourceHandlingOption>(Value), IText<ResourceHandlingOption>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[A-Za-z0-9-]+");
    /// <inheritdoc/>
    public static implicit operator ResourceHandlingOption(string text) => new(text);

    static readonly string[] Always = ["instance", "image", "security-group", "network-interface"];

    /// <summary>The kinds of resources that have to be given, as EC2's ARNs name them; null: there is no such scenario.</summary>
    public IReadOnlyList<string>? Kinds => Value switch
    {
        "EC2-VPC-InstanceStore" => Always,
        "EC2-VPC-InstanceStore-Subnet" => [.. Always, "subnet"],
        "EC2-VPC-EBS" => [.. Always, "volume"],
        "EC2-VPC-EBS-Subnet" => [.. Always, "subnet", "volume"],
        _ => null,
    };
}

/// <summary>A page of what a simulation comes to.</summary>
/// <param name="EvaluationResults">Of each action, in their order; of fewer than asked for where there are many resources.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record SimulatePolicyAnswer(IReadOnlyList<EvaluationResult> EvaluationResults, bool IsTruncated, Marker? Marker);

/// <summary>What an action comes to (R122).</summary>
/// <param name="EvalActionName">The action as asked.</param>
/// <param name="EvalResourceName">The resource; of several, the first with the most restrictive decision.</param>
/// <param name="EvalDecision">allowed, explicitDeny or implicitDeny; of several resources, the most restrictive one.</param>
/// <param name="MatchedStatements">The statements that decide (R123).</param>
/// <param name="MissingContextValues">The condition keys and variables of the policies that were not given (R126); where resources were given, their results say so.</param>
/// <param name="OrganizationsDecisionDetail">Whether service control policies allow it; absent where none were given.</param>
/// <param name="PermissionsBoundaryDecisionDetail">Whether the permissions boundary allows it; absent where there is none.</param>
/// <param name="EvalDecisionDetails">What identity and resource policies come to by themselves; empty unless the resource is another account's (R128).</param>
/// <param name="ResourceSpecificResults">Of each resource that was given.</param>
public sealed record EvaluationResult(
    ActionName EvalActionName, ResourceName EvalResourceName, string EvalDecision, IReadOnlyList<SimulatedStatement> MatchedStatements, IReadOnlyList<string> MissingContextValues,
    OrganizationsDecisionDetail? OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail? PermissionsBoundaryDecisionDetail, IReadOnlyDictionary<string, string> EvalDecisionDetails,
    IReadOnlyList<ResourceSpecificResult> ResourceSpecificResults);

/// <summary>What an action comes to on one resource (R122).</summary>
/// <param name="EvalResourceName">The resource as asked.</param>
/// <param name="EvalResourceDecision">allowed, explicitDeny or implicitDeny.</param>
/// <param name="MatchedStatements">The statements that decide (R123).</param>
/// <param name="MissingContextValues">The condition keys and variables of the policies that were not given (R126).</param>
/// <param name="EvalDecisionDetails">What identity and resource policies come to by themselves; empty unless the resource is another account's (R128).</param>
/// <param name="PermissionsBoundaryDecisionDetail">Whether the permissions boundary allows it; absent where there is none.</param>
public sealed record ResourceSpecificResult(
    ResourceName EvalResourceName, string EvalResourceDecision, IReadOnlyList<SimulatedStatement> MatchedStatements, IReadOnlyList<string> MissingContextValues,
    IReadOnlyDictionary<string, string> EvalDecisionDetails, PermissionsBoundaryDecisionDetail? PermissionsBoundaryDecisionDetail);

/// <summary>A statement that decides (R124; AWS: Statement).</summary>
/// <param name="SourcePolicyId">PolicyInputList.1 and the like; of a managed policy its name; of an inline one user_NAME_POLICY or group_NAME_POLICY.</param>
/// <param name="SourcePolicyType">IAM Policy or Resource Policy, as the service answers.</param>
/// <param name="StartPosition">Where it begins (R125).</param>
/// <param name="EndPosition">Where it ends (R125).</param>
public sealed record SimulatedStatement(string SourcePolicyId, string SourcePolicyType, Position StartPosition, Position EndPosition);

/// <summary>What service control policies say.</summary>
/// <param name="AllowedByOrganizations">Whether each level of them allows it (R85).</param>
public sealed record OrganizationsDecisionDetail(bool AllowedByOrganizations);

/// <summary>What the permissions boundary says.</summary>
/// <param name="AllowedByPermissionsBoundary">Whether it allows it (R86).</param>
public sealed record PermissionsBoundaryDecisionDetail(bool AllowedByPermissionsBoundary);

/// <summary>What both simulations, and both questions for condition keys, share.</summary>
static class PolicySimulations
{
    extension(IPolicySimulation asked)
    {
        /// <summary>The page that is asked for.</summary>
        /// <param name="directory">The directory.</param>
        /// <param name="identity">The ways by which policies are in force already.</param>
        /// <param name="boundary">The permissions boundary that is there already; one that is given takes its place.</param>
        /// <param name="self">Who asks where no caller is named.</param>
        /// <param name="serviceControl">The levels of service control policies, root first.</param>
        public Answer<SimulatePolicyAnswer> Simulate(Directory directory, IEnumerable<GrantSource> identity, GrantSource? boundary, Arn? self, IReadOnlyList<PolicyText[]> serviceControl)
        {
            if (asked.ActionNames.Length is 0) return IamError.Empty(nameof(asked.ActionNames));
            var done = 0;
            if (asked.Marker is not null && !(int.TryParse(asked.After, NumberStyles.None, CultureInfo.InvariantCulture, out done) && done < asked.ActionNames.Length)) return Paging.InvalidMarker;
            if (asked.ResourceOwner is { Account: null } nobody) return IamError.InvalidInput($"{nameof(asked.ResourceOwner)}: {nobody} is no account.");
            var (given, malformed) = asked.Given(serviceControl);
            if (given is null) return malformed!;
            var caller = (asked.CallerArn ?? self) is { } arn ? Principal.TryParse(arn.Value) : null;
            if (asked.CallerArn is not null && caller is not { Type: PrincipalType.User }) return IamError.InvalidInput($"{nameof(asked.CallerArn)}: {asked.CallerArn} is not the ARN of a user.");
            if (asked.ResourcePolicy is not null && caller is null) return IamError.InvalidInput($"{nameof(asked.CallerArn)} is needed where a {nameof(asked.ResourcePolicy)} is given: its Principal is compared with it.");
            if (asked.ResourceOwner is not null && caller is null) return IamError.InvalidInput($"{nameof(asked.CallerArn)} is needed where a {nameof(asked.ResourceOwner)} is given: it says whose account is another.");
            var resources = asked.ResourceArns is null or [{ Value: "*" }] ? [] : asked.ResourceArns;
            if (asked.ResourceHandlingOption is { Kinds: null } unknown) return IamError.InvalidInput($"{nameof(asked.ResourceHandlingOption)}: {unknown} is no scenario.");
            if (asked.ResourceHandlingOption?.Kinds?.FirstOrDefault(kind => !resources.Any(resource => IsOfEC2(resource.Value, kind))) is { } lacking)
                return IamError.InvalidInput($"{nameof(asked.ResourceArns)}: {asked.ResourceHandlingOption} needs an ARN of EC2's {lacking}.");
            var (context, unfit) = Read(asked.ContextEntries ?? []);
            if (context is null) return unfit!;

            var simulator = new Simulator
            {
                Policies = given with { Identity = GrantSet.Of([.. identity.Select(Named), .. given.Identity.Grants]), PermissionsBoundary = given.PermissionsBoundary ?? (boundary is null ? null : GrantSet.Of(Named(boundary))) },
                Caller = caller, Context = context,
            };
            // As many actions as there is room for with their resources, at least one; each may tell of every statement.
            var (tries, size) = (Math.Max(1, resources.Length), simulator.Size);
            if (size * tries > MostTold) return IamError.InvalidInput($"{nameof(asked.ResourceArns)}: {resources.Length} resources are too many for policies with {size} statements and context keys; both together may come to {MostTold}.");
            var count = (int)Math.Max(1, Math.Min(asked.Count / tries, MostTold / Math.Max(1, size * tries)));
            var page = Paging.Cut(asked.ActionNames.Index().Skip(done), count, directory.Revision, one => (one.Index + 1).ToString(CultureInfo.InvariantCulture));
            return new SimulatePolicyAnswer([.. simulator.Simulate([.. page.Items.Select(one => one.Item.Value)], [.. resources.Select(resource => resource.Value)]).Select(Of)], page.IsTruncated, page.Marker);
        }

        /// <summary>The policies that are given as texts; or which of them is none.</summary>
        Answer<PolicySet> Given(IReadOnlyList<PolicyText[]> serviceControl)
        {
            if (asked.PermissionsBoundaryPolicyInputList is { Length: > 1 }) return IamError.InvalidInput($"{nameof(asked.PermissionsBoundaryPolicyInputList)}: there is one permissions boundary at most.");
            if ((asked.PolicyInputList?.Length ?? 0) + serviceControl.Sum(level => level.Length) is > MostPolicies and var many) return IamError.InvalidInput($"{nameof(asked.PolicyInputList)}: {many} policies are too many; there may be {MostPolicies}.");
            if (serviceControl.Any(level => level.Length is 0)) return IamError.InvalidInput($"{nameof(SimulateCustomPolicy.OrderedOrganizationPolicyInputList)}: a level has at least one service control policy.");
            var malformed = Malformed(nameof(asked.PolicyInputList), asked.PolicyInputList, PolicyKind.Identity)
                ?? Malformed(nameof(asked.PermissionsBoundaryPolicyInputList), asked.PermissionsBoundaryPolicyInputList, PolicyKind.PermissionsBoundary)
                ?? Malformed(nameof(SimulateCustomPolicy.OrderedOrganizationPolicyInputList), serviceControl.SelectMany(level => level), PolicyKind.ServiceControl)
                ?? Malformed(nameof(asked.ResourcePolicy), asked.ResourcePolicy is { } one ? [one] : [], PolicyKind.Resource);
            if (malformed is not null) return malformed;
            return Simulator.Inputs(Texts(asked.PolicyInputList), Texts(asked.PermissionsBoundaryPolicyInputList).FirstOrDefault(), asked.ResourcePolicy?.Value, serviceControl.Select(level => Texts(level)),
                asked.ResourceOwner?.Account?.Value);
        }
    }

    /// <summary>The most resources of one simulation.</summary>
    internal const int MostResources = 1000;

    /// <summary>The most policies that are given as texts, and the most statements and context keys that a page tells of: AWS's quotas do not bound what is given as text.</summary>
    internal const int MostPolicies = 100, MostTold = 200_000;

    /// <summary>What is wrong with the first of these texts that is no policy of this kind (R102); null: nothing is.</summary>
    internal static IamError? Malformed(string list, IEnumerable<PolicyText>? texts, PolicyKind kind) =>
        (texts ?? []).Select((text, index) => PolicyValidator.Validate(text.Value, kind) is { } error ? IamError.InvalidInput($"{list}.{index + 1}: {error.Message}") : null).FirstOrDefault(error => error is not null);

    /// <summary>A policy in the simulator's name (R124).</summary>
    static PolicyGrant Named(GrantSource source) => new(source.PolicyArn is null ? $"{source.Holder.Kind}_{source.Holder.Name}_{source.PolicyName}" : source.PolicyName.Value, source.Text.Compiled);

    static IEnumerable<string> Texts(IEnumerable<PolicyText>? texts) => (texts ?? []).Select(text => text.Value);

    static bool IsOfEC2(string arn, string kind) => arn.Split(':', 6) is ["arn", _, "ec2", _, _, var resource] && resource.StartsWith(kind + "/", StringComparison.Ordinal);

    static Answer<RequestContext> Read(ContextEntry[] entries)
    {
        var context = new RequestContext.Builder();
        foreach (var (key, values, type) in entries)
        {
            if (!ContextValue.TryRead(type?.Value ?? "string", values, out var value, out var problem)) return IamError.InvalidInput($"ContextEntries: {key}: {problem}");
            if (!context.TryAdd(key.Value, value)) return IamError.InvalidInput($"ContextEntries: {key} is given twice.");
        }
        return context.Build();
    }

    static EvaluationResult Of(SimulationResult result) => new(
        result.EvalActionName, result.EvalResourceName, result.EvalDecision, Of(result.MatchedStatements), result.MissingContextValues,
        result.AllowedByOrganizations is { } organizations ? new(organizations) : null, Of(result.AllowedByPermissionsBoundary), Of(result.EvalDecisionDetails),
        [.. result.ResourceSpecificResults.Select(one => new ResourceSpecificResult(one.EvalResourceName, one.EvalResourceDecision, Of(one.MatchedStatements), one.MissingContextValues, Of(one.EvalDecisionDetails), Of(one.AllowedByPermissionsBoundary)))]);

    static IReadOnlyList<SimulatedStatement> Of(IReadOnlyList<PolicyEngine.SimulatedStatement> statements) =>
        [.. statements.Select(one => new SimulatedStatement(one.SourcePolicyId, one.SourcePolicyType, Position.Of(one.StartPosition), Position.Of(one.EndPosition)))];

    static PermissionsBoundaryDecisionDetail? Of(bool? allowed) => allowed is { } by ? new(by) : null;

    static Dictionary<string, string> Of(IReadOnlyDictionary<string, AccessOutcome> details) => details.ToDictionary(one => one.Key, one => one.Value.EvalDecision(), StringComparer.Ordinal);
}
