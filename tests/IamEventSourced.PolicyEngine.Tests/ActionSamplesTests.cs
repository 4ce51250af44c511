using System.Text.Json;
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
        Should.Throw<ArgumentNullException>(() => ClockMoments.Of(null!)).ParamName.ShouldBe("set");
    }

    private static IReadOnlyList<string> Of(string pattern, params string[] actions) => ActionSamples.Of(pattern, Grants(Document(Statement(action: actions))));
}

/// <summary>When the clock alone may change what policies come to.</summary>
public class ClockMomentsTests
{
    [Theory]
    [InlineData("DateGreaterThan", "aws:CurrentTime", "2030-01-01T12:00:00.5Z", "12:00:00.000000 12:00:00.500000 12:00:00.500001 12:00:01.000000")]
    [InlineData("DateEquals", "AWS:currenttime", "2030-01-01T12:00:00Z", "12:00:00.000000 12:00:00.000001 12:00:01.000000")]
    [InlineData("DateGreaterThanEquals", "aws:EpochTime", "2030-01-01T12:00:00Z", "12:00:00.000000 12:00:00.000001 12:00:01.000000")]
    [InlineData("DateLessThan", "aws:CurrentTime", "2030-01-01T12:00:00.1234567Z", "12:00:00.000000 12:00:00.123456 12:00:00.123457 12:00:01.000000")]
    [InlineData("NumericEquals", "aws:EpochTime", "1893499200", "12:00:00.000000 12:00:00.000001 12:00:01.000000")]
    [InlineData("NumericGreaterThanEquals", "aws:EpochTime", "1893499200.9", "12:00:00.000000 12:00:00.000001 12:00:01.000000")]
    [InlineData("NumericLessThanIfExists", "aws:EpochTime", "1.8934992e9", "12:00:00.000000 12:00:00.000001 12:00:01.000000")]
    [InlineData("DateEquals", "aws:TokenIssueTime", "2030-01-01T12:00:00Z", "")]
    [InlineData("StringEquals", "aws:CurrentTime", "2030-01-01T12:00:00Z", "")]
    [InlineData("Bool", "aws:EpochTime", "1893499200", "")]
    [InlineData("NumericEquals", "aws:EpochTime", "noon", "")]
    [InlineData("NumericEquals", "aws:EpochTime", "99999999999999999999", "")]
    public void They_are_the_values_seconds_and_microseconds_and_the_next_ones(string op, string key, string value, string moments) =>
        string.Join(' ', Of(op, key, value).Select(moment => moment.ToString("HH:mm:ss.ffffff", System.Globalization.CultureInfo.InvariantCulture))).ShouldBe(moments);

    [Theory]
    [InlineData("-62135596800", 0)]
    [InlineData("-62135596799", 3)]
    [InlineData("253402300797", 3)]
    [InlineData("253402300798", 0)]
    public void No_calendar_has_others(string value, int moments) => Of("NumericEquals", "aws:EpochTime", value).Count.ShouldBe(moments);

    [Fact]
    public void Those_of_all_values_and_statements_come_once_in_order()
    {
        var moments = ClockMoments.Of(Grants(Document(Statement(condition: When("DateLessThan", "aws:CurrentTime", "2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z")), Statement("Deny", condition: When("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:01Z")))));
        moments.ShouldBe(moments.Distinct().Order());
        moments.Count.ShouldBe(8);
    }

    private static IReadOnlyList<DateTimeOffset> Of(string op, string key, string value) => ClockMoments.Of(Grants(Document(Statement(condition: When(op, key, value)))));

    private static JsonElement When(string op, string key, params string[] values) => JsonSerializer.SerializeToElement(new Dictionary<string, object> { [op] = new Dictionary<string, string[]> { [key] = values } });
}
