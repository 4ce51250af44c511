using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

public class ActionTests
{
    [Fact] public void R20_a_whole_action_matches_itself() => ActionMatches("s3:GetObject", "s3:GetObject").ShouldBeTrue();
    [Fact] public void R20_another_name_does_not() => ActionMatches("s3:GetObject", "s3:PutObject").ShouldBeFalse();
    [Fact] public void R20_wildcards_go_anywhere_in_the_name() => ActionMatches("s3:*et?bj*", "s3:GetObject").ShouldBeTrue();
    [Theory]
    [InlineData("s*:GetObject")]
    [InlineData("s3")]
    [InlineData("s3:Get:Object")]
    [InlineData("*:GetObject")]
    [InlineData("*:*")]
    [InlineData("s3*")]
    public void R24_a_bad_pattern_matches_nothing(string pattern) => ActionMatches(pattern, "s3:GetObject").ShouldBeFalse();
    [Fact] public void R22_case_has_no_meaning() => ActionMatches("IAM:listaccesskeys", "iam:ListAccessKeys").ShouldBeTrue();
    [Fact] public void R22_nor_in_patterns() => ActionMatches("S3:gET*", "s3:GetObject").ShouldBeTrue();
    [Fact] public void R22_only_ascii_is_folded() => ActionMatches("s3:\u00c9", "s3:\u00e9").ShouldBeFalse();
    [Fact]
    public void R22_at_any_length()
    {
        for (var length = 1; length < 150; length += length < 20 ? 1 : 13)
        {
            var name = string.Concat(Enumerable.Range(0, length).Select(place => (char)((place % 2 == 0 ? 'A' : 'a') + place % 26)));
            var other = name[..^1] + "_";
            foreach (var service in new[] { "s", "s3", "svc", "svc1", "Svc-5" })
            {
                ActionMatches($"{service}:{name.ToUpperInvariant()}", $"{service.ToUpperInvariant()}:{name}").ShouldBeTrue();
                ActionMatches($"{service}:{name}*", $"{service}:{name.ToLowerInvariant()}").ShouldBeTrue();
                (ActionMatches($"{service}:{name}", $"{service}:{other}") || ActionMatches($"{service}:{name}", $"{service}:{name}_") || ActionMatches($"{service}:{name}", $"{service}x:{name}")).ShouldBeFalse();
            }
        }
    }

    [Theory]
    [InlineData("s3", false)]
    [InlineData("s3:*", false)]
    [InlineData("s3:s*", false)]
    [InlineData("*", true)]
    public void R23_what_is_asked_without_a_service_is_taken_by_the_star_alone(string pattern, bool matches) => ActionMatches(pattern, "s3").ShouldBe(matches);

    [Fact] public void R24_and_excluded_by_no_service() => (NotActionMatches("s3:*", "s3") && NotActionMatches("s3:*", ":s3") && NotActionMatches(new[] { "s3:G*", "s3:Put" }, "s3")).ShouldBeTrue();

    [Theory]
    [InlineData("s3:Get*", true)]
    [InlineData("s3:Put*", false)]
    [InlineData("s3:*", true)]
    public void R23_a_pattern_counts_beside_a_statement_that_names_the_action(string pattern, bool matches)
    {
        var names = Statement("Deny", action: new[] { "s3:GetObject", "s3:PutItem" }, resource: "arn:aws:s3:::other");
        Allows(Document(names, Statement(action: pattern))).ShouldBe(matches);
        Allows(Document([names, .. Enumerable.Range(0, 40).Select(number => Statement(action: $"s3:{number}*")), Statement(action: pattern)])).ShouldBe(matches);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    public void R23_and_a_statement_that_names_the_action_beside_patterns(int patterns)
    {
        var document = Document([Statement("Deny", action: "s3:GetObject"), .. Enumerable.Range(0, patterns - 1).Select(number => Statement(action: $"s3:{number}*")), Statement(action: "s3:*")]);
        (Decide(document), Decide(document, "s3:PutObject")).ShouldBe((AccessOutcome.ExplicitDeny, AccessOutcome.Allowed));
    }

    [Fact]
    public void R20_each_of_many_names_is_found()
    {
        var document = Document(Statement(action: Enumerable.Range(0, 500).Select(number => $"s{number % 7}:Name{number}").ToArray()));
        var policies = Grants(document);
        for (var number = 0; number < 600; number++)
            Evaluator.Decide(policies, null, new($"s{number % 7}:name{number}", Bucket, Nothing)).ShouldBe(number < 500 ? AccessOutcome.Allowed : AccessOutcome.ImplicitDeny);
    }

    [Fact] public void R23_a_star_takes_every_action() => ActionMatches("*", "any:Thing").ShouldBeTrue();
    [Fact] public void R23_services_must_be_equal() => ActionMatches("s3:*", "s3express:GetObject").ShouldBeFalse();
    [Fact] public void R23_the_whole_name_must_match() => ActionMatches("s3:Get", "s3:GetObject").ShouldBeFalse();
    [Fact] public void R24_not_action_takes_any_service() => NotActionMatches("iam:*", "s3:GetObject").ShouldBeTrue();
    [Fact] public void R24_not_action_leaves_out_what_it_lists() => NotActionMatches(new[] { "iam:*", "s3:Get*" }, "S3:getobject").ShouldBeFalse();
    [Fact] public void R24_not_action_star_takes_nothing() => NotActionMatches("*", "s3:GetObject").ShouldBeFalse();
    [Fact] public void R24_white_space_never_matches() => ActionMatches("iam: a b ", "iam: a b ").ShouldBeFalse();
    [Theory]
    [InlineData("s3:Get:Object")]
    [InlineData("s_3:GetObject")]
    [InlineData("s3")]
    [InlineData(":GetObject")]
    public void R24_a_bad_pattern_does_not_even_match_itself(string pattern) => ActionMatches(pattern, pattern).ShouldBeFalse();

    [Fact] public void R41_braces_in_an_action_are_text_with_wildcards() => ActionMatches("s3:${*}", "s3:${abc}").ShouldBeTrue();
    [Fact] public void R24_a_bad_pattern_excludes_nothing() => NotActionMatches("s3", "s3:GetObject").ShouldBeTrue();
    [Fact] public void R25_a_question_mark_is_one_character() => ActionMatches("s3:Get?", "s3:Get").ShouldBeFalse();
    [Fact] public void R25_no_character_counts_for_two_places() => (ActionMatches("s3:*ab*ab*", "s3:xabx") || ActionMatches("s3:ab*b", "s3:ab")).ShouldBeFalse();
    [Fact] public void R25_many_patterns_of_one_service_are_told_apart() => ActionMatches(new[] { "s3:GetA*", "s3:GetB*", "s3:*Object" }, "s3:GetObject").ShouldBeTrue();
    [Fact] public void R25_a_short_name_does_not_match_a_longer_prefix() => ActionMatches("s3:GetO*", "s3:Ge").ShouldBeFalse();
    [Fact] public void R105_an_action_beyond_the_limit_is_decided_too() => ActionMatches("s3:*", "s3:" + new string('a', 5000)).ShouldBeTrue();
}
