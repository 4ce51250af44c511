using FsCheck.Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What holds for all cases: so many are tried, with IAM_LONG=1 fifty times as many, and with IAM_LAWS=0 none.</summary>
[AttributeUsage(AttributeTargets.Method)]
#pragma warning disable xUnit3003 // The base takes no place in the source that could be handed on.
public sealed class LawAttribute : PropertyAttribute
#pragma warning restore xUnit3003
{
    /// <summary>Why tests that try many cases, or measure, are left out; null when they are not.</summary>
    internal static readonly string? LeftOut = Environment.GetEnvironmentVariable("IAM_LAWS") is "0" ? "IAM_LAWS=0" : null;

    /// <param name="cases">How many cases are tried.</param>
    public LawAttribute(int cases)
    {
        MaxTest = cases * (Environment.GetEnvironmentVariable("IAM_LONG") is "1" ? 50 : 1);
        Skip = LeftOut;
    }
}
