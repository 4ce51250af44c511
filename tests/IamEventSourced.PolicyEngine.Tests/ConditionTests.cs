using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Which values are compared (R50–R66).</summary>
public class ConditionTests
{
    private static readonly ContextValue EmptyList = ContextValue.List();

    public static TheoryData<string, string> Bases() =>
        [.. Enum.GetValues<ConditionTest>().Where(test => test != ConditionTest.Null).Select(test => (test.ToString(), Like(test)))];

    [Fact] public void R12_an_empty_condition_is_true() => Holds(new { }, Nothing).ShouldBeTrue();
    [Fact] public void R12_an_empty_operator_is_true() => Holds(new { StringEquals = new { } }, Nothing).ShouldBeTrue();
    [Fact] public void R12_an_unknown_operator_without_keys_is_true() => Holds(new { x = new { } }, Nothing).ShouldBeTrue();
    [Fact] public void R13_numbers_and_booleans_are_texts() => (Holds("StringEquals", 10.50m, "10.50") && Holds("StringEquals", true, "true")).ShouldBeTrue();

    [Theory]
    [InlineData("x", "y", true)]
    [InlineData("x", "z", false)]
    [InlineData("z", "y", false)]
    public void R50_all_keys_and_operators_must_hold(string a, string b, bool holds) =>
        Holds(new { StringEquals = new { a = "x" }, StringLike = new { b = "y" } }, RequestContext.Of(("a", a), ("b", b))).ShouldBe(holds);

    [Theory]
    [InlineData("stringequals")]
    [InlineData("FORANYVALUE:STRINGEQUALS")]
    [InlineData("forAllValues:stringEqualsIFEXISTS")]
    public void R51_operators_have_no_case(string op) => Holds(op, "a", "a").ShouldBeTrue();

    [Fact] public void R52_keys_have_no_case() => Holds(new { StringEquals = new { KEY = "a" } }, RequestContext.Of(("key", "a"))).ShouldBeTrue();
    [Fact] public void R52_a_context_has_a_key_once() => Should.Throw<ArgumentException>(() => RequestContext.Of(("a", "1"), ("A", "2")));
    [Fact] public void R94_the_later_context_wins() => RequestContext.Of(("a", "1"), ("b", "1")).With(RequestContext.Of(("A", "2")))["a"]!.Value.Single.ShouldBe("2");
    [Fact] public void R53_a_list_of_one_is_a_list() => ContextValue.List("a").IsMulti.ShouldBeTrue();
    [Fact] public void R54_one_value_is_enough() => Holds("StringEquals", new[] { "b", "a" }, "a").ShouldBeTrue();
    [Fact] public void R54_no_values_match_nothing() => Holds("StringEquals", Array.Empty<string>(), "a").ShouldBeFalse();
    [Fact] public void D21_a_negated_operator_wants_none_of_them() => Holds("StringNotEquals", new[] { "b", "a" }, "a").ShouldBeFalse();
    [Fact] public void R55_no_values_exclude_nothing() => Holds("StringNotEquals", Array.Empty<string>(), "a").ShouldBeTrue();
    [Fact] public void R56_an_empty_text_is_a_value() => Holds("StringLike", new[] { "", "home/" }, "").ShouldBeTrue();
    [Fact] public void D19_an_empty_text_is_not_null() => Holds("Null", "false", "").ShouldBeTrue();
    [Fact] public void D18_an_empty_list_is_null() => Holds("Null", "true", EmptyList).ShouldBeTrue();

    [Theory, MemberData(nameof(Bases))]
    public void R57_an_absent_key(string test, string value)
    {
        var negated = test.Contains("Not", StringComparison.Ordinal);
        foreach (var absent in new ContextValue?[] { null, EmptyList })
        {
            Holds(test, value, absent).ShouldBe(negated);
            Holds(test + "IfExists", value, absent).ShouldBeTrue();
            Holds("ForAllValues:" + test, value, absent).ShouldBeTrue();
            Holds("ForAllValues:" + test + "IfExists", value, absent).ShouldBeTrue();
            Holds("ForAnyValue:" + test, value, absent).ShouldBeFalse();
            Holds("ForAnyValue:" + test + "IfExists", value, absent).ShouldBeFalse("D10");
        }
    }

    [Theory, MemberData(nameof(Bases))]
    public void R54_R63_R64_R65_a_key_that_matches(string test, string value)
    {
        // Of the orderings, the strict ones do not take an equal value.
        var takes = !test.Contains("Not", StringComparison.Ordinal) && !test.EndsWith("Than", StringComparison.Ordinal);
        foreach (var suffix in new[] { "", "IfExists" })
        {
            Holds(test + suffix, value, value).ShouldBe(takes);
            Holds(test + suffix, value, ContextValue.List(value)).ShouldBeFalse("D11");
            foreach (var set in new[] { "ForAllValues:", "ForAnyValue:" })
            {
                Holds(set + test + suffix, value, value).ShouldBe(takes);
                Holds(set + test + suffix, value, ContextValue.List(value)).ShouldBe(takes);
            }
        }
    }

    [Theory]
    [InlineData("ForAllValues:StringEquals", "a b", "b a", true)]
    [InlineData("ForAllValues:StringEquals", "a", "a b", false)]
    [InlineData("ForAnyValue:StringEquals", "a", "b a", true)]
    [InlineData("ForAnyValue:StringEquals", "a", "b c", false)]
    [InlineData("ForAllValues:StringNotEquals", "a b", "c b", false)]
    [InlineData("ForAllValues:StringNotEquals", "a b", "c d", true)]
    [InlineData("ForAnyValue:StringNotEquals", "a", "a b", true)]
    [InlineData("ForAnyValue:StringNotEquals", "a b", "b a", false)]
    public void R64_R65_D24_lists(string op, string policy, string request, bool holds) => Holds(op, policy.Split(' '), ContextValue.List(request.Split(' '))).ShouldBe(holds);

    [Theory]
    [InlineData("true", false, true)]
    [InlineData("TRUE", false, true)]
    [InlineData("false", true, false)]
    [InlineData("x", false, false)]
    public void R66_null(string value, bool present, bool absent)
    {
        foreach (var set in new[] { "", "ForAllValues:", "ForAnyValue:" })
        {
            Holds(set + "Null", value, "x").ShouldBe(present);
            Holds(set + "Null", value).ShouldBe(absent);
            Holds(set + "Null", value, ContextValue.List("x")).ShouldBe(present);
        }
    }

    [Fact] public void R66_both_values_are_always_true() => (Holds("Null", new[] { "true", "false" }) && Holds("Null", new[] { true, false }, "x")).ShouldBeTrue();
    [Fact] public void R66_no_values_are_never_true() => (Holds("Null", Array.Empty<string>()) || Holds("Null", Array.Empty<string>(), "x")).ShouldBeFalse();

    private static string Like(ConditionTest test) => test.ToString() switch
    {
        var name when name.StartsWith("Numeric", StringComparison.Ordinal) => "5",
        var name when name.StartsWith("Date", StringComparison.Ordinal) => "2024-01-01T00:00:00Z",
        "Bool" => "true",
        "BinaryEquals" => "YQ==",
        var name when name.Contains("Ip", StringComparison.Ordinal) => "10.0.0.1",
        _ => "arn:aws:s3:::b",
    };
}
