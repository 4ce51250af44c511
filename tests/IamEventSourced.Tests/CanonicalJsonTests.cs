using System.Buffers;
using System.Text;
using System.Text.Json;

namespace IamEventSourced.Tests;

/// <summary>The examples of RFC 8785 as far as events hold such values, and the edges of what they hold.</summary>
public class CanonicalJsonTests
{
    static string Canonical(string json)
    {
        var bytes = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(JsonDocument.Parse(json).RootElement, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    [Theory]
    [InlineData("""{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}""", """{"string":"€$\u000f\nA'B\"\\\\\"/"}""")] // 3.2.2
    [InlineData(""" { "literals" : [ true, false ] } """, """{"literals":[true,false]}""")]
    [InlineData("""{"1":{"f":{"f":"hi","F":5},"\n":56},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}""",
        """{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}""")] // the author's test data, "structures"
    [InlineData("""{"peach":"1","péché":"2","pêche":"3","sin":"4"}""", """{"peach":"1","péché":"2","pêche":"3","sin":"4"}""")] // "french"
    [InlineData("""[56,{"d":true,"10":1,"1":[]}]""", """[56,{"1":[],"10":1,"d":true}]""")] // "arrays"
    [InlineData("""{"Unnormalized Unicode":"A\u030a"}""", "{\"Unnormalized Unicode\":\"A\u030a\"}")] // "unicode"
    public void It_writes_what_the_standard_shows(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Fact] // 3.2.3
    public void Members_come_in_the_order_of_their_UTF_16_code_units() =>
        Canonical("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""")
            .ShouldBe("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");

    [Fact]
    public void Only_quote_backslash_and_controls_are_escaped() =>
        Canonical("\"\\u0000\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f \\u007f<>&'+\\u2028\"").ShouldBe("\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \u007f<>&'+\u2028\"");

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("9007199254740992", "9007199254740992")]
    [InlineData("-9007199254740992", "-9007199254740992")]
    public void Whole_numbers_are_written_plainly(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Theory, InlineData("9007199254740993"), InlineData("-9007199254740993"), InlineData("1.5"), InlineData("1e30"), InlineData("18446744073709551616"), InlineData("null"), InlineData("[null]")]
    public void What_events_do_not_hold_is_refused(string json) => Should.Throw<FormatException>(() => Canonical(json));
}
