using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Tree to text: what is read as the same tree.</summary>
public class PolicyWriterTests
{
    [Theory]
    [InlineData("""{ "Statement" : { "Resource" : ["*"], "Action" : ["a:b","c:d"], "Effect" : "Allow" } , "Version" : "2012-10-17" }""",
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a:b","c:d"],"Resource":"*"}}""")]
    [InlineData("""{"Id":"a\"\\\/\u0009\u4e2dé","Statement":[{"Sid":"","Effect":"Deny","NotAction":"*","NotPrincipal":{"AWS":["1","2"],"Service":"s"},"NotResource":["a","b",null],"Condition":{}}]}""",
        """{"Id":"a\"\\/\u0009\u4e2dé","Statement":[{"Sid":"","Effect":"Deny","NotPrincipal":{"AWS":["1","2"],"Service":"s"},"NotAction":"*","NotResource":["a","b"]}]}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":"*","Condition":{"bool":{"a":true,"b":[]},"StringLike":{"a":[1,"2"]},"Null":{},"Bool":{"A":"x"}}}}""",
        """{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Bool":{"a":"true","b":[]},"BooL":{"A":"x"},"StringLike":{"a":["1","2"]}}}}""")]
    public void A_policy_is_written_back(string text, string written)
    {
        PolicyDocument.Parse(text).ToJson().ShouldBe(written);
        PolicyDocument.Parse(written).ToJson().ShouldBe(written);
    }

    [Fact]
    public void For_people_on_lines() =>
        PolicyDocument.Parse(Document(Statement(action: new[] { "a:b", "c:d" }))).ToJson(indented: true).ShouldBe("""
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "a:b",
                    "c:d"
                  ],
                  "Resource": "*"
                }
              ]
            }
            """.ReplaceLineEndings("\n"));

    [Fact]
    public void For_people_an_empty_list_takes_no_lines() =>
        PolicyDocument.Parse("""{"Id":"i","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["1","2"],"Service":[]},"NotAction":"a:b","Condition":{"Null":{"k":[]},"Bool":{"k":true,"l":"x"}}}}""").ToJson(indented: true).ShouldBe("""
            {
              "Id": "i",
              "Statement": {
                "Effect": "Deny",
                "NotPrincipal": {
                  "AWS": [
                    "1",
                    "2"
                  ]
                },
                "NotAction": "a:b",
                "Condition": {
                  "Null": {
                    "k": []
                  },
                  "Bool": {
                    "k": "true",
                    "l": "x"
                  }
                }
              }
            }
            """.ReplaceLineEndings("\n"));

    [Fact] public void R1_what_needs_no_escape_is_written_without() => PolicyDocument.Parse("{\"Id\":\"\\u0020\\u00ff\\u0100\\u001f\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}").ToJson().ShouldStartWith("{\"Id\":\" \u00ff\\u0100\\u001f\"");

    [Fact] public void R60_a_key_under_three_spellings_of_an_operator_stays_three_conditions()
    {
        var document = PolicyDocument.Parse("""{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"1"},"stringequals":{"a":"2"},"STRINGEQUALS":{"a":"3"}}}}""");
        PolicyDocument.Parse(document.ToJson()).Statements[0].Conditions.Select(condition => condition.Values.Single()).ShouldBe(["1", "2", "3"]);
    }
}
