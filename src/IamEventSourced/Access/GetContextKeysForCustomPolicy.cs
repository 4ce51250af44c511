using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>The condition keys that policies, given as texts, ask for: those of conditions and of variables (R127).</summary>
/// <param name="PolicyInputList">The policies.</param>
public sealed record GetContextKeysForCustomPolicy(PolicyText[] PolicyInputList) : IQuery<GetContextKeysForPolicyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetContextKeysForPolicyAnswer> Answer(Directory directory, Call call) =>
        PolicyInputList.Length is 0 ? IamError.Empty(nameof(PolicyInputList))
        : PolicySimulations.Malformed(nameof(PolicyInputList), PolicyInputList, PolicyKind.Identity) is { } malformed ? malformed
        : GetContextKeysForPolicyAnswer.Of(PolicyInputList);
}

/// <summary>The condition keys.</summary>
/// <param name="ContextKeyNames">Each once without regard to case, as first written, in the order of the policies.</param>
public sealed record GetContextKeysForPolicyAnswer(IReadOnlyList<string> ContextKeyNames)
{
    internal static GetContextKeysForPolicyAnswer Of(IEnumerable<PolicyText> policies) => new(ContextKeys.Of(policies.Select(policy => policy.Document).OfType<PolicyDocument>()));
}
