using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What a set of policies allows, for people.</summary>
public class AccessSummaryTests
{
    [Fact]
    public void A_summary_is_for_people() => Summary(
        Document(Statement(action: new[] { "s3:Get*", "s3:GetObject", "s3:List*" }, resource: Bucket), Statement(action: "s3:Put*", resource: Bucket, condition: new { StringEquals = new Dictionary<string, string[]> { ["aws:username"] = ["a", "b"] } })),
        Document(Statement(notAction: "iam:*", notResource: "arn:aws:s3:::*"), Statement(notAction: "kms:*", notResource: "arn:aws:s3:::*"), Statement("Deny", action: "ec2:*"), Statement(action: "ec2:Run"))).ShouldBe(
        [
            "Deny ec2:* on *",
            "Allow all but iam:* on all but arn:aws:s3:::*",
            "Allow all but kms:* on all but arn:aws:s3:::*",
            "Allow s3:Get*, s3:List* on arn:aws:s3:::b",
            "Allow s3:Put* on arn:aws:s3:::b where aws:username StringEquals a or b",
        ]);

    [Fact]
    public void A_line_says_its_parts()
    {
        var line = AccessSummary.Of(Grants(Document(Statement("Deny", notAction: new[] { "s3:Put*", "s3:Get*" }, notResource: new[] { "arn:aws:s3:::b", "arn:aws:s3:::a" }, condition: new { Bool = new { k = true }, Null = new { l = "false" } })))).Lines.ShouldHaveSingleItem();
        (line.Effect, line.Service, line.ExceptActions, line.ExceptResources, line.Conditions).ShouldBe((Effect.Deny, "*", true, true, "k Bool true and l Null false"));
        line.Actions.ShouldBe(["s3:Get*", "s3:Put*"]);
        line.Resources.ShouldBe(["arn:aws:s3:::b", "arn:aws:s3:::a"]);
        line.ToString().ShouldBe("Deny all but s3:Get*, s3:Put* on all but arn:aws:s3:::b, arn:aws:s3:::a where k Bool true and l Null false");
    }

    [Fact] public void All_actions_are_of_the_service_any() => AccessSummary.Of(Grants(Document(Statement()))).Lines.ShouldHaveSingleItem().Service.ShouldBe("*");

    [Fact]
    public void A_service_has_a_line_for_each_of_its_resources_and_conditions_in_order() => Summary(Document(
        Statement(action: new[] { "s3:B", "iam:Y", "S3:A", "*" }, resource: "arn:aws:s3:::b"), Statement(action: "s3:C", resource: "arn:aws:s3:::a"), Statement("Deny", action: "s3:Z", resource: "arn:aws:s3:::z"),
        Statement(action: "s3:D", resource: "arn:aws:s3:::a", condition: new { Bool = new { b = true } }), Statement(action: "s3:E", resource: "arn:aws:s3:::a", condition: new { Bool = new { a = true } }), Statement(action: "s3:A", resource: "arn:aws:s3:::a"))).ShouldBe(
        [
            "Deny s3:Z on arn:aws:s3:::z",
            "Allow * on arn:aws:s3:::b",
            "Allow iam:Y on arn:aws:s3:::b",
            "Allow s3:A, s3:C on arn:aws:s3:::a",
            "Allow s3:E on arn:aws:s3:::a where a Bool true",
            "Allow s3:D on arn:aws:s3:::a where b Bool true",
            "Allow S3:A, s3:B on arn:aws:s3:::b",
        ]);

    [Theory]
    [InlineData("s3:Get*", "s3:GetObject", "s3:Get*")]
    [InlineData("s3:GetObject", "s3:Get*", "s3:Get*")]
    [InlineData("s3:GetObject", "S3:getobject", "s3:GetObject")]
    [InlineData("s3:Get*", "S3:GET*", "s3:Get*")]
    [InlineData("s3:*", "s3:**", "s3:*")]
    [InlineData("s3:**", "s3:*", "s3:**")]
    [InlineData("s3:Get*", "s3:Put*", "s3:Get*, s3:Put*")]
    [InlineData("s3:Get", "s3:Put", "s3:Get, s3:Put")]
    [InlineData("s3:put", "s3:Get", "s3:Get, s3:put")]
    [InlineData("s3:Get", "bad", "s3:Get")]
    public void Of_two_actions_the_wider_is_said_and_of_equal_ones_the_first(string one, string other, string said)
    {
        Summary(Document(Statement(action: new[] { one, other }))).ShouldBe([$"Allow {said} on *"]);
        Summary(Document(Statement(action: one, resource: Bucket), Statement(action: other, resource: Bucket))).ShouldBe([$"Allow {said} on {Bucket}"]);
    }

    [Fact] public void No_policies_have_no_lines() => Summary().ShouldBe([]);
    [Fact] public void What_matches_no_action_has_no_line() => Summary(Document(Statement(action: "bad"))).ShouldBe([]);
    [Fact] public void What_a_deny_takes_away_is_not_said() => Summary(Document(Statement(action: "s3:*"), Statement("Deny", action: "s3:*"))).ShouldBe(["Deny s3:* on *"]);
    [Fact] public void Wherever_it_stands() => Summary(Document(Statement("Deny", action: "s3:*")), Document(Statement(action: "s3:*"))).ShouldBe(["Deny s3:* on *"]);
    [Fact] public void What_a_deny_takes_only_in_part_is_said() => Summary(Document(Statement(action: "s3:*"), Statement("Deny", action: "s3:Get*"))).ShouldBe(["Deny s3:Get* on *", "Allow s3:* on *"]);
    [Fact] public void An_allow_hides_no_deny() => Summary(Document(Statement(), Statement("Deny", action: "s3:*"))).ShouldBe(["Deny s3:* on *", "Allow * on *"]);
    [Fact] public void A_wider_deny_hides_one() => Summary(Document(Statement("Deny", action: "s3:Get*"), Statement("Deny", action: "s3:*"))).ShouldBe(["Deny s3:* on *"]);
    [Fact] public void A_wider_allow_of_other_resources_hides_one() => Summary(Document(Statement(action: "s3:*", resource: Bucket), Statement(action: "s3:*"))).ShouldBe(["Allow s3:* on *"]);

    [Fact]
    public void Of_statements_that_say_the_same_one_is_said() =>
        Summary(Document(Statement(action: new[] { "s3:A", "s3:B" }, resource: new[] { "arn:aws:s3:::a", "arn:aws:s3:::b" }), Statement(action: new[] { "s3:B", "s3:A" }, resource: new[] { "arn:aws:s3:::b", "arn:aws:s3:::a" })))
            .ShouldBe(["Allow s3:A, s3:B on arn:aws:s3:::a, arn:aws:s3:::b"]);

    private static string[] Summary(params string[] documents)
    {
        var summary = AccessSummary.Of(Grants(documents));
        summary.ToString().ShouldBe(string.Join('\n', summary.Lines));
        return [.. summary.Lines.Select(line => line.ToString())];
    }
}
