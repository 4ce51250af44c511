using Shouldly;
using Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>A few of AWS's own managed policies, chosen for what is rare in them.</summary>
public class ManagedPolicyTests
{
    public static TheoryData<string> Names() => [.. typeof(ManagedPolicyTests).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".json", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Names))]
    public void It_is_read_stored_and_compiled(string name)
    {
        var text = Data.Text(name);
        PolicyValidator.Validate(text, PolicyKind.Identity).ShouldBeNull();
        PolicyDocument.Parse(text).Text.ShouldBe(text);
        PolicyDocument.Parse(PolicyDocument.Parse(text).ToJson()).ToJson().ShouldBe(PolicyDocument.Parse(text).ToJson());
        CompiledPolicy.Compile(text).Failure.ShouldBeNull();
    }
}
