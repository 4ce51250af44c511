namespace IamEventSourced.PolicyEngine;

/// <summary>What is asked of policies; who asks is in the context and in the choice of policies.</summary>
/// <param name="Action">A concrete action, <c>service:name</c>; its case has no meaning (R21, R22).</param>
/// <param name="Resource">An ARN, or <c>*</c> for actions that have no resource (R30).</param>
/// <param name="Context">The context keys.</param>
public readonly record struct AccessRequest(string Action, string Resource, RequestContext Context);
