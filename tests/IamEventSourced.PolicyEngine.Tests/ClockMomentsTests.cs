using System.Globalization;
using System.Text.Json;
using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

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
        string.Join(' ', Of(op, key, value).Select(moment => moment.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture))).ShouldBe(moments);

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

    [Fact] public void Nothing_is_no_set() => Should.Throw<ArgumentNullException>(() => ClockMoments.Of(null!)).ParamName.ShouldBe("set");

    private static IReadOnlyList<DateTimeOffset> Of(string op, string key, string value) => ClockMoments.Of(Grants(Document(Statement(condition: When(op, key, value)))));

    private static JsonElement When(string op, string key, params string[] values) => JsonSerializer.SerializeToElement(new Dictionary<string, object> { [op] = new Dictionary<string, string[]> { [key] = values } });
}
