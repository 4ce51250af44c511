using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Concrete actions in place of a pattern: one for each way in which policies meet it.</summary>
public class ActionSamplesTests
{
    [Theory]
    [InlineData("s3:GetObject", "s3:GetObject")]
    [InlineData("get*", "get*")]
    [InlineData("s3:Get*", "s3:getzq0x")]
    [InlineData("S3:G?t*", "s3:gxtzq0x")]
    [InlineData("s3:*", "s3:zq0x")]
    public void Beside_no_policy_there_is_one(string pattern, string sample) => ActionSamples.Of(pattern, GrantSet.Empty).ShouldBe([sample]);

    [Fact] public void Each_pattern_that_meets_it_has_its_own_written_once() =>
        Of("s3:Get*", "s3:GetObject", "S3:getobject", "s3:Get?ag", "s3:Put*", "ec2:GetX", "*").ShouldBe(["s3:getzq0x", "s3:getobject", "s3:getxag"], ignoreOrder: true);

    [Theory]
    [InlineData("Get*", "Get*Object", true)]
    [InlineData("Get?", "Getx", true)]
    [InlineData("Get?", "Get", false)]
    [InlineData("Get?", "Getxy", false)]
    [InlineData("Get??", "Get?y", true)]
    [InlineData("?et", "Get", true)]
    [InlineData("?et", "GetX", false)]
    [InlineData("*Object", "Get*", true)]
    [InlineData("Get*", "*Object", true)]
    [InlineData("*a?", "?b*", true)]
    [InlineData("?b*", "*a?", true)]
    [InlineData("a*b", "*c*", true)]
    [InlineData("*c*", "a*b", true)]
    [InlineData("a*b*c", "a*c", true)]
    [InlineData("a*", "b*", false)]
    [InlineData("*a", "*b", false)]
    [InlineData("*", "Get", true)]
    [InlineData("**", "?", true)]
    [InlineData("?", "**", true)]
    [InlineData("a*a", "a", false)]
    [InlineData("a*", "a", true)]
    [InlineData("a", "a*", true, "?")]
    [InlineData("*x*y*", "*y*x*", true)]
    public void Two_patterns_meet_in_a_name_that_both_take(string pattern, string other, bool meet, string? asked = null)
    {
        var samples = Of("s3:" + (asked ?? pattern), "s3:" + other, "s3:" + pattern);
        samples.ShouldAllBe(sample => ActionMatches("s3:" + (asked ?? pattern), sample));
        samples.Any(sample => ActionMatches("s3:" + other, sample) && ActionMatches("s3:" + pattern, sample)).ShouldBe(meet);
    }

    [Theory]
    [InlineData(62, true)] // with the two, 64
    [InlineData(63, false)]
    public void Of_many_patterns_no_two_are_looked_at_together(int others, bool together)
    {
        string[] patterns = ["s3:Get*", "s3:*Object", .. Enumerable.Range(0, others).Select(number => $"s3:Other{number}")];
        var samples = Of("s3:*", patterns);
        samples.Any(sample => ActionMatches("s3:Get*", sample) && ActionMatches("s3:*Object", sample)).ShouldBe(together);
        foreach (var pattern in patterns) samples.ShouldContain(sample => ActionMatches(pattern, sample));
    }

    [Fact] public void Policies_of_several_sets_count() => ActionSamples.Of("s3:*", Grants(Document(Statement(action: "s3:Get"))), Grants(Document(Statement("Deny", notAction: "s3:Put")))).ShouldBe(["s3:zq0x", "s3:get", "s3:put"], ignoreOrder: true);

    [Fact]
    public void Nothing_is_no_pattern()
    {
        Should.Throw<ArgumentNullException>(() => ActionSamples.Of(null!)).ParamName.ShouldBe("pattern");
        Should.Throw<ArgumentNullException>(() => ActionSamples.Of("s3:*", (IEnumerable<GrantSet>)null!)).ParamName.ShouldBe("sets");
    }

    private static IReadOnlyList<string> Of(string pattern, params string[] actions) => ActionSamples.Of(pattern, Grants(Document(Statement(action: actions))));
}
