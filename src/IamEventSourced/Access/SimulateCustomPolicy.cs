using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>What policies that are given as texts would come to, by the evaluator that decides every question (R120–R126, R129). Nothing of the account is looked at.</summary>
/// <param name="PolicyInputList">The policies.</param>
/// <param name="ActionNames">The actions, without wildcards; each is tried on each resource.</param>
/// <param name="PermissionsBoundaryPolicyInputList">A permissions boundary, at most one.</param>
/// <param name="OrderedOrganizationPolicyInputList">The levels of service control policies, the organisation's root first.</param>
/// <param name="ResourceArns">The resources, up to 1,000, which need not be there; "*" where none is given.</param>
/// <param name="ResourcePolicy">The policy of each of the resources; needs a <paramref name="CallerArn"/>.</param>
/// <param name="ResourceOwner">The account that owns the resources whose ARNs do not say it; none: the caller's. Where no <paramref name="ResourcePolicy"/> is given, what an ARN says is not looked at.</param>
/// <param name="CallerArn">The user that is supposed to ask.</param>
/// <param name="ContextEntries">The condition keys; no others are known.</param>
/// <param name="ResourceHandlingOption">A scenario of EC2: the kinds of resources that it needs have to be given.</param>
/// <param name="MaxItems">How many results at most, those of resources counted; 100 where none is given. An action's results stay together.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
public sealed record SimulateCustomPolicy(
    PolicyText[] PolicyInputList, ActionName[] ActionNames, PolicyText[]? PermissionsBoundaryPolicyInputList = null, OrganizationPolicyLevel[]? OrderedOrganizationPolicyInputList = null,
    [MaxLength(PolicySimulations.MostResources)] ResourceName[]? ResourceArns = null, PolicyText? ResourcePolicy = null, ResourceOwner? ResourceOwner = null, Arn? CallerArn = null, ContextEntry[]? ContextEntries = null,
    ResourceHandlingOption? ResourceHandlingOption = null, MaxItems? MaxItems = null, Marker? Marker = null) : IQuery<SimulatePolicyAnswer>, IPolicySimulation
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<SimulatePolicyAnswer> Answer(Directory directory, Call call) =>
        PolicyInputList.Length is 0 ? IamError.Empty(nameof(PolicyInputList))
        : this.Simulate(directory, [], null, null, [.. (OrderedOrganizationPolicyInputList ?? []).Select(level => level.ServiceControlPolicyInputList)]);
}

/// <summary>A level of an organisation: its root, a unit or the account (AWS: OrderedOrganizationPolicyType).</summary>
/// <param name="ServiceControlPolicyInputList">Its service control policies, at least one.</param>
public sealed record OrganizationPolicyLevel(PolicyText[] ServiceControlPolicyInputList);
