using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>One value of the request against one of the policy (R58–R69).</summary>
public class ComparisonTests
{
    private const string Finance = "arn:aws:someservice:*:111122223333:finance/*";
    private const string Store = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";

    [Fact] public void R58_a_star_stays_in_its_segment() => Holds("ArnLike", Finance, Store).ShouldBeFalse();
    [Fact] public void R58_which_StringLike_does_not_know() => Holds("StringLike", Finance, Store).ShouldBeTrue();
    [Fact] public void R58_ArnEquals_takes_wildcards_too() => Holds("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bucket/x:y").ShouldBeTrue();
    [Theory]
    [InlineData("*", "arn:aws:s3:::b")]
    [InlineData("arn:aws:s3", "arn:aws:s3:::b")]
    [InlineData("arn:aws:s3:*", "arn:aws:s3:::b")]
    [InlineData("*:*:*:*:*:*", "urn:aws:s3:::b")]
    [InlineData("arn:aws:s3:::b*", "arn:aws:s3")]
    [InlineData("arn:aws:S3:::b", "arn:aws:s3:::b")]
    public void D12_six_segments_or_no_match(string pattern, string value)
    {
        Holds("ArnLike", pattern, value).ShouldBeFalse();
        Holds("ArnNotLike", pattern, value).ShouldBeTrue("D15");
    }

    [Fact] public void R58_a_variable_may_be_a_whole_arn() => Holds("ArnLike", "${aws:PrincipalArn}", "arn:aws:iam::1:user/a", ("aws:PrincipalArn", "arn:aws:iam::1:user/a")).ShouldBeTrue();
    [Fact] public void R58_a_variable_may_be_no_arn() => Holds("ArnLike", "${x}", "arn:aws:iam::1:user/a", ("x", "a")).ShouldBeFalse();


    [Theory]
    [InlineData("arn:aws:*:${v}:1:x", "arn:aws:a:v:1:x", true)]
    [InlineData("arn:aws:*:${v}:1:x", "arn:aws:a:b:v:1:x", false)]
    [InlineData("arn:aws:s?:${v}:1:*", "arn:aws:s3:v:1:x:y", true)]
    [InlineData("arn:aws?s3:${v}:1:x", "arn:aws:s3:v:1:x", false)]
    [InlineData("arn:${v}:*", "arn:v:s3:::b", false)]
    [InlineData("arn:${v}:*:*:*:*", "arn:v:s3:::b:c", true)]
    public void R58_wildcards_beside_a_variable_stay_in_their_segments_too(string pattern, string value, bool matches) => Holds("ArnLike", pattern, value, ("v", "v")).ShouldBe(matches);

    [Fact] public void R59_wildcards_are_literal_in_StringEquals() => (Holds("StringEquals", "a*", "ab") || !Holds("StringEquals", "a*", "a*")).ShouldBeFalse();
    [Fact] public void R59_StringEquals_has_case() => Holds("StringEquals", "a", "A").ShouldBeFalse();
    [Fact] public void R59_StringLike_has_case() => Holds("StringLike", "a*", "Ab").ShouldBeFalse();
    [Theory]
    [InlineData("\u00c9", "\u00e9", true)]
    [InlineData("\u0416", "\u0436", true)]
    [InlineData("\u00df", "SS", false)]
    [InlineData("I", "\u0131", false)]
    public void R59_simple_case_mapping(string policy, string request, bool equal) => Holds("StringEqualsIgnoreCase", policy, request).ShouldBe(equal);
    [Fact] public void R59_a_star_takes_nothing_too() => Holds("StringLike", "*", "").ShouldBeTrue();
    [Fact] public void D20_a_star_takes_newlines() => Holds("StringLike", "a*b", "a\n\nb").ShouldBeTrue();

    [Theory]
    [InlineData("10", "10.0", true)]
    [InlineData("1e3", "1000", true)]
    [InlineData("1.5e-1", "0.15", true)]
    [InlineData("+5", "5", true)]
    [InlineData("-0", "0", true)]
    [InlineData("007", "7", true)]
    [InlineData("0.10", "0.1", true)]
    [InlineData("100e-2", "1", true)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("0.1000000000000000000000000001", "0.1", false)]
    [InlineData("10abc", "10", false)]
    [InlineData("10abc", "10abc", false)]
    [InlineData(".5", "0.5", false)]
    [InlineData("5.", "5", false)]
    [InlineData("", "0", false)]
    [InlineData(" 5", "5", false)]
    [InlineData("1e", "1", false)]
    [InlineData("0x10", "16", false)]
    [InlineData("1e999999999999999", "1e999999999999999", true)]
    [InlineData("1e1000000000000000", "1e1000000000000000", false)]
    [InlineData("1e0000000000000000003", "1000", true)]
    [InlineData("1e0", "1", true)]
    [InlineData("1e+", "1", false)]
    [InlineData("1e-", "1", false)]
    [InlineData("1e3x", "1000", false)]
    [InlineData("1E-3", "0.001", true)]
    [InlineData("0e5", "-0.000", true)]
    [InlineData("+", "0", false)]
    [InlineData("-", "0", false)]
    [InlineData("+-1", "-1", false)]
    [InlineData("1.2.3", "1.2", false)]
    [InlineData("-1", "1", false)]
    [InlineData("12.34", "1.234e1", true)]
    [InlineData("0.00120", "12e-4", true)]
    [InlineData("1200", "12e2", true)]
    [InlineData("12", "123", false)]
    public void R60_D13_numbers_are_exact(string policy, string request, bool equal)
    {
        Holds("NumericEquals", policy, request).ShouldBe(equal);
        Holds("NumericNotEquals", policy, request).ShouldBe(!equal);
    }

    [Theory]
    [InlineData("-1", "1")]
    [InlineData("-2", "-1")]
    [InlineData("9", "10")]
    [InlineData("9.99", "10")]
    [InlineData("0.09", "0.1")]
    [InlineData("-1", "0")]
    [InlineData("1e-5", "0.001")]
    [InlineData("99999999999999999999999999999998", "99999999999999999999999999999999")]
    [InlineData("1", "1e999999999")]
    [InlineData("1.2", "1.25")]
    [InlineData("-1.25", "-1.2")]
    public void R60_numbers_have_an_order(string less, string more)
    {
        Holds("NumericLessThan", more, less).ShouldBeTrue();
        Holds("NumericLessThanEquals", more, less).ShouldBeTrue();
        Holds("NumericGreaterThan", less, more).ShouldBeTrue();
        Holds("NumericGreaterThanEquals", less, more).ShouldBeTrue();
        Holds("NumericLessThan", less, more).ShouldBeFalse();
        Holds("NumericGreaterThanEquals", more, less).ShouldBeFalse();
        Holds("NumericLessThan", more, more).ShouldBeFalse();
        Holds("NumericLessThanEquals", more, more).ShouldBeTrue();
    }

    [Theory]
    [InlineData("1704067200", "2024-01-01")]
    [InlineData("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00")]
    [InlineData("2024-01-01T00:00Z", "2023-12-31T19:00:00-0500")]
    [InlineData("2024-01", "2024-01-01T00:00:00.000Z")]
    [InlineData("2024-1-1", "2024-01-01")]
    [InlineData("2024-01-01t00:00:00z", "2024-01-01T01:00:00+01")]
    [InlineData("2024-01-01T00:00:00.5", "2024-01-01T00:00:00.500000000Z")]
    [InlineData("1709164800", "2024-02-29")]
    [InlineData("2024", "1970-01-01T00:33:44Z")]
    [InlineData("951782400", "2000-02-29")]
    [InlineData("2024-05-31T23:00:00-01:00", "2024-06-01")]
    [InlineData("2024-01-01T00:00:00Z", "2024-01-01T05:30:00+05:30")]
    [InlineData("2024-01-01T00:00:00Z", "2023-12-31T20:30:00-0330")]
    [InlineData("1999-02-28T23:00:00-01:00", "1999-03-01")]
    [InlineData("1600-02-29T23:00:00-01:00", "1600-03-01")]
    [InlineData("0000-02-29T23:00:00-01:00", "0000-03-01")]
    [InlineData("-0001-02-28T23:00:00-01:00", "-0001-03-01")]
    [InlineData("-0004-02-29T23:00:00-01:00", "-0004-03-01")]
    [InlineData("-0100-02-28T23:00:00-01:00", "-0100-03-01")]
    [InlineData("-0400-02-29T23:00:00-01:00", "-0400-03-01")]
    [InlineData("-0401-02-28T23:00:00-01:00", "-0401-03-01")]
    [InlineData("-0801-12-31T23:00:00-01:00", "-0800-01-01")]
    [InlineData("4107542400", "2100-03-01")]
    [InlineData("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.100000000Z")]
    [InlineData("2023-12-31T00:01:00Z", "2024-01-01T00:00:00+23:59")]
    [InlineData("2024-12-31T23:59:59Z", "2025-01-01T00:59:59+01:00")]
    [InlineData("123456789-01", "123456789-01-01T00:00Z")]
    public void R61_D14_the_same_moment(string policy, string request) => Holds("DateEquals", policy, request).ShouldBeTrue();

    [Theory]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-01-01T24:00:00Z")]
    [InlineData("2024-01-01T00:00:60Z")]
    [InlineData("2024-01-01T00:00:00.0123456789Z")]
    [InlineData("2024-01-01T00Z")]
    [InlineData("2024-01-01T00:00:00+25:00")]
    [InlineData("2024-01-01T00:00:00ZZ")]
    [InlineData("2024-01-01 00:00:00")]
    [InlineData("9223372036854775808")]
    [InlineData("-1")]
    [InlineData("2024-00-01")]
    [InlineData("2024-01-00")]
    [InlineData("2024-01-32")]
    [InlineData("2024-04-31")]
    [InlineData("2024-06-31")]
    [InlineData("2024-09-31")]
    [InlineData("2024-11-31")]
    [InlineData("1900-02-29")]
    [InlineData("2024-01-01T00:60:00Z")]
    [InlineData("2024-01-01T00:00:00+24:00")]
    [InlineData("2024-01-01T00:00:00+0060")]
    [InlineData("2024-01-01T00:00:00+1:60")]
    [InlineData("2024-01-01T00:00:00+12:")]
    [InlineData("2024-01-01T00:00:00+012:00")]
    [InlineData("2024-01-01T00:00:00+001")]
    [InlineData("2024-01-01T00:00:00+")]
    [InlineData("2024-01-01T00:00:00*01:00")]
    [InlineData("2024-01-01T00:00:00.")]
    [InlineData("2024-01-01T00:00:")]
    [InlineData("2024-01-01T00:")]
    [InlineData("2024-01-01T")]
    [InlineData("2024-01-")]
    [InlineData("2024-")]
    [InlineData("1234567890-01")]
    [InlineData("2024-01-011")]
    [InlineData("notadate")]
    [InlineData("")]
    public void R69_no_date_matches_nothing(string value)
    {
        Holds("DateEquals", value, value).ShouldBeFalse();
        Holds("DateNotEquals", value, value).ShouldBeTrue("D15");
        Holds("DateLessThan", "2999-01-01", value).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0", "9223372036854775807")]
    [InlineData("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000001Z")]
    [InlineData("1969-12-31T23:59:59Z", "0")]
    [InlineData("-0044-03-15", "0001-01-01")]
    [InlineData("2024-02-28", "2024-02-29")]
    [InlineData("2024-01-01T00:00:00.25Z", "2024-01-01T00:00:00.5Z")]
    [InlineData("2024-01-01T00:00:00.09Z", "2024-01-01T00:00:00.1Z")]
    [InlineData("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.3Z")]
    [InlineData("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.999999999Z")]
    public void R61_dates_have_an_order(string earlier, string later)
    {
        Holds("DateLessThan", later, earlier).ShouldBeTrue();
        Holds("DateLessThanEquals", earlier, earlier).ShouldBeTrue();
        Holds("DateGreaterThan", earlier, later).ShouldBeTrue();
        Holds("DateGreaterThanEquals", later, earlier).ShouldBeFalse();
    }

    [Theory]
    [InlineData("true", "TRUE", true)]
    [InlineData("False", "false", true)]
    [InlineData("true", "false", false)]
    [InlineData("1", "1", false)]
    [InlineData("yes", "yes", false)]
    public void R62_bool(string policy, string request, bool holds) => Holds("Bool", policy, request).ShouldBe(holds);

    [Theory]
    [InlineData("YQ==", "YQ==", true)]
    [InlineData("YQ==", "Yg==", false)]
    [InlineData("!!!", "!!!", false)]
    [InlineData("YQ ==", "YQ==", false)]
    [InlineData("YQ==", "YQ ==", false)]
    [InlineData("", "", true)]
    [InlineData("YR==", "YQ==", true)]
    [InlineData("YQ==", "YR==", true)]
    [InlineData("YQ", "YQ", false)]
    public void R67_binary(string policy, string request, bool holds) => Holds("BinaryEquals", policy, request).ShouldBe(holds);

    [Fact] public void R67_to_be_listed_twice_is_to_be_listed() => Holds("BinaryEquals", new[] { "YQ==", "YQ==" }, "YQ==").ShouldBeTrue();

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.1.2.3/8", "10.9.9.9", true)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "203.0.113.9", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("2001:db8::/32", "2001:DB8:0:0::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("::ffff:10.0.0.1", "::ffff:a00:1", true)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", false)]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true)]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", true)]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", true)]
    [InlineData("1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8", true)]
    [InlineData("1::8", "1:0:0:0:0:0:0:8", true)]
    [InlineData("::", "0:0:0:0:0:0:0:0", true)]
    [InlineData("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a", true)]
    [InlineData("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90b", false)]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", false)]
    [InlineData("1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8", false)]
    [InlineData("1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", false)]
    [InlineData("1.2.3.4::", "102:304::", false)]
    [InlineData("1:::2", "1::2", false)]
    [InlineData("12345::", "12345::", false)]
    [InlineData("g::", "g::", false)]
    [InlineData(":1::", ":1::", false)]
    [InlineData("1::2/127", "1::3", true)]
    [InlineData("1::2/128", "1::3", false)]
    [InlineData("1::2/129", "1::2", false)]
    [InlineData("10.0.0.2/31", "10.0.0.3", true)]
    [InlineData("10.0.0.2/32", "10.0.0.3", false)]
    [InlineData("10.0.0.2/32", "10.0.0.2", true)]
    [InlineData("1::2/128", "1::2", true)]
    [InlineData("10.0.0.255", "10.0.0.255", true)]
    [InlineData("10.0.0.256", "10.0.0.256", false)]
    [InlineData("10.0.0.0.1", "10.0.0.0.1", false)]
    [InlineData("10.0.0.", "10.0.0.", false)]
    [InlineData("10.0.0.0001", "10.0.0.1", false)]
    [InlineData("10.0.0.+1", "10.0.0.1", false)]
    [InlineData("10.0.0.0/33", "10.0.0.0", false)]
    [InlineData("10.0.0.0/", "10.0.0.0", false)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", false)]
    [InlineData("10.0.0", "10.0.0.0", false)]
    [InlineData("010.0.0.1", "10.0.0.1", false)]
    [InlineData("1::2::3", "1::2::3", false)]
    [InlineData("1::2:", "1::2:", false)]
    [InlineData("1::::2", "1::::2", false)]
    [InlineData("1:2:3:4:5:6:7::1.2.3.4", "1:2:3:4:5:6:7::1.2.3.4", false)]
    [InlineData("::1:2:3:4:5:6:1.2.3.4", "::1:2:3:4:5:6:1.2.3.4", false)]
    [InlineData("1:2:3:4:5:6:7", "1:2:3:4:5:6:7", false)]
    [InlineData("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9", false)]
    [InlineData("fe80::1%eth0", "fe80::1%eth0", false)]
    public void R68_D17_addresses(string policy, string request, bool holds)
    {
        Holds("IpAddress", policy, request).ShouldBe(holds);
        Holds("NotIpAddress", policy, request).ShouldBe(!holds);
    }
}
