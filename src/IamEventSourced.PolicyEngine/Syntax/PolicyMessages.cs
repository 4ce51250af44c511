namespace IamEventSourced.PolicyEngine;

/// <summary>AWS's messages, word for word (R102).</summary>
internal static class PolicyMessages
{
    internal const string Syntax = "Syntax errors in policy.";
    internal const string Version = "Policy document must be version 2012-10-17 or greater.";
    internal const string Legacy = "The policy failed legacy parsing";
    internal const string RepeatedSid = "Statement IDs (SID) in a single policy must be unique.";
    internal const string NoActions = "Policy statement must contain actions.";
    internal const string NoResources = "Policy statement must contain resources.";
    internal const string NoVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    internal const string TwoColons = "Actions/Condition can contain only one colon.";
    internal const string ShortResource = "Resource vendor must be fully qualified and cannot contain regexes.";

    internal const string TrustActions = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";
    internal const string TrustResource = "Has prohibited field Resource.";
    internal const string TrustJson = "This policy contains invalid Json";

    internal const string IamPath = "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, "
        + "mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";

    internal static string NotAnArn(string resource) => $"Resource {resource} must be in ARN format or \"*\".";

    internal static string IamRegion(string resource) => $"IAM resource {resource} cannot contain region information.";

    internal static string Vendor(string vendor) => $"Vendor {vendor} is not valid";

    internal static string Partition(string partition, string arn) => $"Partition \"{partition}\" is not valid for resource \"{arn}\".";
}
