namespace IamEventSourced.PolicyEngine;

/// <summary>The form of a resource pattern (R30, R33, R35, R104).</summary>
internal static class ResourceForm
{
    private static readonly string[] IamPaths =
    [
        "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/",
        "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
    ];

    /// <summary>AWS's message (R102) and its stage (R101), or null when the pattern may be stored.</summary>
    internal static (PolicyStage Stage, string Message)? Check(string pattern, IReadOnlyCollection<string> partitions)
    {
        if (pattern == "*") return null;

        // Six segments at most; colons of the sixth stay in it.
        var parts = ArnSegments.Split(pattern);
        if (parts.Length == 1) return Form(PolicyMessages.NotAnArn(pattern));
        if (parts.Length < 6 && pattern.Contains("::", StringComparison.Ordinal) || parts.Length > 2 && parts[2].Length == 0)
            return (PolicyStage.LegacyParsing, PolicyMessages.Legacy);
        if (parts[1] is not ("aws" or "aws-cn" or "aws-us-gov" or "*") && !partitions.Contains(parts[1]))
            return Form(PolicyMessages.Partition(parts[1], $"arn:{parts[1]}:{At(2)}:{At(3)}:{At(4)}:{At(5)}"));
        if (parts.Length == 2) return Form(PolicyMessages.ShortResource);
        if (parts[0] != "arn") return Form(PolicyMessages.NotAnArn(pattern));
        if (parts[2] != "iam") return null;

        if (parts.Length > 3 && parts[3].Length > 0) return Form(PolicyMessages.IamRegion(pattern));
        var path = At(5);

        // AWS's message does not name root, but its own managed policies do.
        return path is "*" or "root" || Array.Exists(IamPaths, start => path.StartsWith(start, StringComparison.Ordinal)) ? null : Form(PolicyMessages.IamPath);

        string At(int index) => index < parts.Length ? parts[index] : "*";
    }

    private static (PolicyStage, string) Form(string message) => (PolicyStage.ResourceForm, message);
}
