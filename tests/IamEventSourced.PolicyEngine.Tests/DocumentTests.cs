using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>Text to tree (R1–R14, R105, R125).</summary>
public class DocumentTests
{
    private const string Plain = """{"Effect":"Allow","Action":"*","Resource":"*"}""";

    [Fact] public void R1_the_text_stays_as_it_is() => PolicyDocument.Parse($" {Document(Plain)}\r\n\t").Text.ShouldBe($" {Document(Plain)}\r\n\t");
    [Fact] public void R1_equal_texts_are_equal_documents() => PolicyDocument.Parse(Document(Plain)).ShouldBe(PolicyDocument.Parse(Document(Plain)));
    [Fact] public void R1_other_characters_are_escaped() => PolicyDocument.Parse(Document(Statement(sid: "\u4e2d\ud83d\ude00"))).Statements[0].Sid.ShouldBe("\u4e2d\ud83d\ude00");

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{} {}")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}} x""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",}}""")]
    [InlineData("""{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},]}""")]
    [InlineData("""{"Statement":[,{"Effect":"Allow","Action":"*","Resource":"*"}]}""")]
    [InlineData("""/**/{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{'Statement':{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("{\"Id\":\"\u4e2d\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Id\":\"\u0001\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("{\"Id\":\"\t\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("\ufeff{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")]
    [InlineData("""{"Id":"\ud83d","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Id":"\x","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Id":"\u12","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    public void R1_no_json_of_a_policy(string text) => Refused(text, "Syntax errors in policy.");

    [Fact] public void R10_everyone_is_written_as_a_star() => PolicyDocument.Parse("""{"Statement":{"Effect":"Deny","Principal":"*","Action":"*"}}""").Statements[0].Principals!.Values.ShouldHaveSingleItem().Value.ShouldBe("*");

    [Theory]
    [InlineData("""{"Id":"a","Id":"a","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Id":"a","\u0049d":"a","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":{"AWS":"*","AWS":"*"}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{},"Bool":{}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true","A":"true"}}}}""")]
    public void R2_a_name_occurs_once(string text) => Refused(text, "Syntax errors in policy.");

    [Theory]
    [InlineData("""{"version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Comment":"x"}}""")]
    [InlineData("""{"Version":"2013-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Version":20121017,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Id":1,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":[]}""")]
    [InlineData("""{"Statement":["a"]}""")]
    [InlineData("""{"Statement":"a"}""")]
    [InlineData("""{"Statement":{"Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"invalid","Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":["Allow"],"Action":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":"*","NotPrincipal":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":1,"Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":[null],"Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":[["*"]],"Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":{}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":null}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","NotResource":[null]}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":[]}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":{}}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":null}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":[["true"]]}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":01}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"x":{"a":"b"}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForSome:Bool":{"a":"true"}}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":"alice"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":{"Aws":"*"}}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Principal":["*"]}}""")]
    public void R3_to_R14_wrong_members_and_types(string text) => Refused(text, "Syntax errors in policy.");

    [Fact] public void R7_a_wrong_case_is_another_message() => Refused(Document(Statement("denY")), "The policy failed legacy parsing");
    [Fact] public void R8_a_sid_occurs_once() => Refused(Document(Statement(sid: "a"), Statement(sid: "a")), "Statement IDs (SID) in a single policy must be unique.");
    [Fact] public void R8_the_empty_one_may_repeat() => PolicyDocument.Parse(Document(Statement(sid: ""), Statement(sid: ""), Statement(sid: "a"), Statement(sid: "A"))).Statements.Length.ShouldBe(4);
    [Theory]
    [InlineData("""{"Statement":{"Effect":"Allow","Resource":"*"}}""")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}""")]
    public void R9_actions_must_be_there(string text) => Refused(text, "Policy statement must contain actions.");

    [Fact]
    public void R3_the_order_of_members_is_free() =>
        Allows("""{"Statement":[{"Resource":["*"],"Condition":{},"Action":["*"],"Sid":"a","Effect":"Allow"}],"Id":"","Version":"2012-10-17"}""").ShouldBeTrue();

    [Fact]
    public void R1_blanks_stand_between_all_tokens()
    {
        const string Tokens = """{@"Version"@:@"2012-10-17"@,@"Statement"@:@[@{@"Effect"@:@"Allow"@,@"Action"@:@[@"a:b"@,@"c:d"@]@,@"Resource"@:@"*"@,@"Condition"@:@{@"Bool"@:@{@"k"@:@[@true@,@1@]@}@}@}@]@}@""";
        foreach (var blank in new[] { "", " ", "\t", "\r", "\n", " \t\r\n" })
            PolicyDocument.Parse(Tokens.Replace("@", blank, StringComparison.Ordinal)).ToJson().ShouldBe(PolicyDocument.Parse(Tokens.Replace("@", "", StringComparison.Ordinal)).ToJson());
        foreach (var other in new[] { "\v", "\f", "\u00a0", "\0" }) Refused(Tokens.Replace("@", other, StringComparison.Ordinal), "Syntax errors in policy.");
    }

    [Fact]
    public void R1_escapes_mean_what_they_say() =>
        PolicyDocument.Parse("""{"Id":"a\"b\\c\/d\be\ff\ng\rh\ti\u0041j\u00e9k\u4E2Dl\ud83d\ude00m\u0000","Statement":@}""".Replace("@", Plain, StringComparison.Ordinal)).Id
            .ShouldBe("a\"b\\c/d\be\ff\ng\rh\tiAj\u00e9k\u4e2dl\ud83d\ude00m\0");

    [Theory]
    [InlineData("0", true)]
    [InlineData("-0", true)]
    [InlineData("10", true)]
    [InlineData("-12.50", true)]
    [InlineData("0.5", true)]
    [InlineData("1e5", true)]
    [InlineData("1E+05", true)]
    [InlineData("1.5e-05", true)]
    [InlineData("9", true)]
    [InlineData("-9.5e+9", true)]
    [InlineData("00", false)]
    [InlineData("-01", false)]
    [InlineData("+1", false)]
    [InlineData(".5", false)]
    [InlineData("1.", false)]
    [InlineData("1.e5", false)]
    [InlineData("1e", false)]
    [InlineData("1e-", false)]
    [InlineData("1e+-5", false)]
    [InlineData("--1", false)]
    [InlineData("1 0", false)]
    [InlineData("0x1", false)]
    [InlineData("NaN", false)]
    [InlineData("True", false)]
    [InlineData("falsey", false)]
    public void R13_a_number_is_one_of_json(string number, bool reads)
    {
        var text = Document("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"k":@}}}""".Replace("@", number, StringComparison.Ordinal));
        if (reads) PolicyDocument.Parse(text).Statements[0].Conditions[0].Values.ShouldBe([number]);
        else Refused(text, "Syntax errors in policy.");
    }

    [Fact]
    public void R105_what_is_longer_than_the_limit_is_not_read()
    {
        var longest = Document(Plain).PadRight(PolicyDocument.MaxLength);
        PolicyDocument.Parse(longest).Size.ShouldBe(Document(Plain).Length);
        PolicyDocument.Parse(System.Text.Encoding.UTF8.GetBytes(longest)).Text.ShouldBe(longest);
        Refused(longest + " ", "Syntax errors in policy.");
        PolicyDocument.TryParse(System.Text.Encoding.UTF8.GetBytes(longest + " "), out _, out var error).ShouldBeFalse();
        error!.Detail.ShouldBe("More than 1048576 characters.");
    }

    [Fact]
    public void R1_documents_are_equal_by_their_texts()
    {
        PolicyDocument one = PolicyDocument.Parse(Document(Plain)), same = PolicyDocument.Parse(Document(Plain)), other = PolicyDocument.Parse(Document(Plain) + " ");
        (one.Equals(same), one.Equals((object)same), one.GetHashCode() == same.GetHashCode(), one.ToString()).ShouldBe((true, true, true, Document(Plain)));
        (one.Equals(other), one.Equals((object)Plain), one.Equals(null)).ShouldBe((false, false, false));
    }

    [Fact]
    public void R14_principals_are_kept()
    {
        var principals = PolicyDocument.Parse("""{"Statement":{"Effect":"Allow","Action":"*","NotPrincipal":{"AWS":["1","2"],"Service":"s"}}}""").Statements[0].Principals!;
        principals.Inverted.ShouldBeTrue();
        principals.Values.ShouldBe([new(PrincipalKind.Aws, "1"), new(PrincipalKind.Aws, "2"), new(PrincipalKind.Service, "s")]);
    }

    [Fact]
    public void R13_scalars_keep_their_spelling() =>
        PolicyDocument.Parse(Document("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":[10,10.0,-1e+3,true,"x"]}}}"""))
            .Statements[0].Conditions[0].Values.ShouldBe(["10", "10.0", "-1e+3", "true", "x"]);

    [Fact] public void R105_white_space_does_not_count() => PolicyDocument.Parse("{ \"Id\": \"a b\",\r\n\t\"Statement\":" + Plain + "}").Size.ShouldBe("{\"Id\":\"ab\",\"Statement\":}".Length + Plain.Length);

    [Fact]
    public void An_error_says_where()
    {
        PolicyDocument.TryParse("{\"Statement\":[\r\n  {\"Effect\": \"Perhaps\"}]}", out _, out var error).ShouldBeFalse();
        error.ShouldBe(new("Syntax errors in policy.", 2, 14, "$.Statement[0].Effect", "Allow or Deny expected."));
    }

    [Theory]
    [InlineData("", "1:1 $", "'{' expected.")]
    [InlineData("[]", "1:1 $", "'{' expected.")]
    [InlineData("{", "1:2 $", "A string expected.")]
    [InlineData("{}", "1:3 $", "Statement is missing.")]
    [InlineData("{} x", "1:4 $", "Text after the document.")]
    [InlineData("{\"Statement\":@} x", "1:62 $", "Text after the document.")]
    [InlineData("{\"Statement\":@,}", "1:61 $", "A string expected.")]
    [InlineData("{\"Statement\":@ \"Id\"", "1:61 $", "',' or '}' expected.")]
    [InlineData("{\"Statement\" @", "1:14 $", "':' expected.")]
    [InlineData("{\"Id\":1}", "1:7 $.Id", "A string expected.")]
    [InlineData("{\"Id\":\"a\nb\"", "1:9 $.Id", "A control character in a string.")]
    [InlineData("{\"Id\":\"a", "1:9 $.Id", "The string has no end.")]
    [InlineData("{\"Id\":\"a\\", "1:9 $.Id", "An unknown escape.")]
    [InlineData("{\"Id\":\"\\x\"", "1:8 $.Id", "An unknown escape.")]
    [InlineData("{\"Id\":\"\\u12\"", "1:8 $.Id", "An unknown escape.")]
    [InlineData("{\"Id\":\"\\u12G4\"", "1:8 $.Id", "An unknown escape.")]
    [InlineData("{\"Id\":\"\\ud83d\"", "1:8 $.Id", "Half a surrogate pair.")]
    [InlineData("{\"Id\":\"\\ud83d\\u0041\"", "1:8 $.Id", "Half a surrogate pair.")]
    [InlineData("{\"Id\":\"\\udc00\"", "1:8 $.Id", "Half a surrogate pair.")]
    [InlineData("{\"Id\":\"中\"", "1:8 $", "A character beyond U+00FF or a control character must be written as \\uXXXX.")]
    [InlineData("{\"Id\":\"\u0001\"", "1:8 $", "A character beyond U+00FF or a control character must be written as \\uXXXX.")]
    [InlineData("{\"Id\":\"\",\"Id\":\"\"", "1:10 $", "'Id' occurs twice.")]
    [InlineData("{\"Other\":1", "1:10 $.Other", "No such member.")]
    [InlineData("{\"Version\":\"2013\"", "1:12 $.Version", "No such version.")]
    [InlineData("{\"Version\":\"2012-10-17\"}", "1:25 $", "Statement is missing.")]
    [InlineData("{\"Statement\":[]", "1:15 $.Statement", "At least one statement expected.")]
    [InlineData("{\"Statement\":[@ @", "1:62 $.Statement", "',' or ']' expected.")]
    [InlineData("{\"Statement\":[@,]", "1:62 $.Statement[1]", "'{' expected.")]
    [InlineData("{\"Statement\":{\"Sid\":1", "1:21 $.Statement.Sid", "A string expected.")]
    [InlineData("{\"Statement\":{\"Effect\":\"Perhaps\"", "1:24 $.Statement.Effect", "Allow or Deny expected.")]
    [InlineData("{\"Statement\":{\"effect\":\"Allow\"", "1:24 $.Statement.effect", "No such member.")]
    [InlineData("{\"Statement\":{}", "1:14 $.Statement", "Effect is missing.")]
    [InlineData("{\"Statement\":{\"Action\":\"a:b\",\"NotAction\":\"a:b\"", "1:47 $.Statement.NotAction", "The element and its Not form exclude each other.")]
    [InlineData("{\"Statement\":{\"Action\":{}", "1:24 $.Statement.Action", "'[' expected.")]
    [InlineData("{\"Statement\":{\"Action\":[1", "1:25 $.Statement.Action[0]", "A string expected.")]
    [InlineData("{\"Statement\":{\"Action\":[null", "1:25 $.Statement.Action[0]", "A string expected.")]
    [InlineData("{\"Statement\":{\"Resource\":[nil", "1:27 $.Statement.Resource[0]", "'null' expected.")]
    [InlineData("{\"Statement\":{\"NotResource\":[null]", "1:35 $.Statement.NotResource", "Only null.")]
    [InlineData("{\"Statement\":{\"Principal\":\"bob\"", "1:27 $.Statement.Principal", "\"*\" or an object expected.")]
    [InlineData("{\"Statement\":{\"Principal\":{\"Aws\"", "1:33 $.Statement.Principal", "':' expected.")]
    [InlineData("{\"Statement\":{\"Principal\":{\"AWS\":[\"a\",1", "1:39 $.Statement.Principal.AWS[1]", "A string expected.")]
    [InlineData("{\"Statement\":{\"Principal\":\"*\",\"NotPrincipal\":\"*\"", "1:49 $.Statement.NotPrincipal", "The element and its Not form exclude each other.")]
    [InlineData("{\"Statement\":{\"Condition\":[", "1:27 $.Statement.Condition", "'{' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"x\":{\"a\"", "1:36 $.Statement.Condition.x", "':' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":[", "1:35 $.Statement.Condition.Bool", "'{' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":null", "1:40 $.Statement.Condition.Bool.a", "A string, number or boolean expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":[true,{", "1:46 $.Statement.Condition.Bool.a[1]", "A string, number or boolean expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":tru", "1:40 $.Statement.Condition.Bool.a", "'true' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":01", "1:41 $.Statement.Condition.Bool", "',' or '}' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":1.", "1:42 $.Statement.Condition.Bool.a", "A digit expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":1e", "1:42 $.Statement.Condition.Bool.a", "A digit expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":1e+", "1:43 $.Statement.Condition.Bool.a", "A digit expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":-", "1:41 $.Statement.Condition.Bool.a", "A digit expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":1,\"A\"", "1:42 $.Statement.Condition.Bool", "'A' occurs twice.")]
    [InlineData("{\"Statement\":{\"Action\":\"a:b\"}}", "1:14 $.Statement", "Effect is missing.")]
    [InlineData("{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"*\"}}", "1:24 $.Statement.Effect", "Allow or Deny expected, in this case.")]
    [InlineData("{\"Statement\":{\"Effect\":\"Allow\"}}", "1:14 $.Statement", "Action or NotAction must name at least one.")]
    [InlineData("{\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\"},\r\n {\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\"}]}", "2:9 $.Statement[1].Sid", "'a' occurs twice.")]
    // A text may end anywhere.
    [InlineData("{\"Id\":\"\\u00e9", "1:14 $.Id", "The string has no end.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":1", "1:41 $.Statement.Condition.Bool", "',' or '}' expected.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":0", "1:41 $.Statement.Condition.Bool", "',' or '}' expected.")]
    [InlineData("{\r", "2:1 $", "A string expected.")]
    // The place is that of the value: blanks before it do not count.
    [InlineData("{\"Version\":  \"x\"}", "1:14 $.Version", "No such version.")]
    [InlineData("{\"Statement\":[  {\"Action\":\"s3:Get\",\"Resource\":\"*\"}]}", "1:17 $.Statement[0]", "Effect is missing.")]
    [InlineData("{\"Statement\":{\"Effect\":  \"Maybe\"}}", "1:26 $.Statement.Effect", "Allow or Deny expected.")]
    [InlineData("{\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Deny\",\"Action\":\"a:b\"},{\"Sid\":  \"a\",\"Effect\":\"Deny\",\"Action\":\"a:b\"}]}", "1:67 $.Statement[1].Sid", "'a' occurs twice.")]
    [InlineData("{\"Statement\":{\"Principal\":{\"Other\":\"a\"}}}", "1:36 $.Statement.Principal.Other", "No such kind of principal.")]
    [InlineData("{\"Statement\":{\"Principal\":{\"AWS\":\"a\"},\"Other\":1}}", "1:47 $.Statement.Other", "No such member.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Equals\":{\"a\":1}}}}", "1:42 $.Statement.Condition.Equals", "No such condition operator.")]
    [InlineData("{\"Statement\":{\"Condition\":{\"Bool\":{\"a\":\"true\"}},\"Other\":1}}", "1:57 $.Statement.Other", "No such member.")]
    public void R1_to_R14_an_error_says_what_is_wrong_and_where(string text, string place, string detail)
    {
        PolicyDocument.TryParse(text.Replace("@", Plain, StringComparison.Ordinal), out _, out var error).ShouldBeFalse();
        ($"{error!.Line}:{error.Column} {error.Path}", error.Detail).ShouldBe((place, detail));
        error.ToString().ShouldBe($"{error.Message} {detail} ({error.Path}, line {error.Line}, column {error.Column})");
    }

    [Fact]
    public void An_exception_says_the_same()
    {
        var thrown = Should.Throw<MalformedPolicyException>(() => PolicyDocument.Parse("{\n\"Id\":1}"));
        (thrown.Message, thrown.Line, thrown.Column, thrown.Path).ShouldBe(("Syntax errors in policy.", 2, 6, "$.Id"));
    }

    [Theory]
    [InlineData("{\"Statement\":[{0},{0}]}", "1:15-1:61 1:61-1:108")]
    [InlineData("{\"Statement\":{0}}", "1:15-1:60")]
    [InlineData("{\"Statement\": [\n  {0},\n  {0}\n]}", "1:16-2:49 2:49-3:49")]
    [InlineData("{\"Statement\": [\r\n  {0},\r\n  {0}\r\n]}", "1:16-2:49 2:49-3:49")]
    [InlineData("{\"Statement\": [\r  {0},\r  {0}\r]}", "1:16-2:49 2:49-3:49")]
    [InlineData("\n\r\r\n{\"Statement\": [{0},\n\n{0}]}", "4:16-4:62 4:62-6:47")]
    public void R125_positions(string text, string positions) =>
        string.Join(' ', PolicyDocument.Parse(text.Replace("{0}", Plain, StringComparison.Ordinal)).Statements.Select(statement =>
            $"{statement.Start.Line}:{statement.Start.Column}-{statement.End.Line}:{statement.End.Column}")).ShouldBe(positions);

    [Fact]
    public void R125_the_braces_are_known_too()
    {
        var document = PolicyDocument.Parse(Document(Statement(sid: "a"), Plain));
        document.Text[document.Statements[1].Span].ShouldBe(Plain);
    }

    [Fact]
    public void Every_value_has_its_path_and_place()
    {
        var document = PolicyDocument.Parse("{\"Statement\": [\n  {\"Effect\":\"Allow\",\"Action\":[\"a:b\",\"c:d\"],\"Resource\":[null],\"Condition\":{\"Bool\":{\"k:k\":true}}}\n]}");
        document.ReadElements().Select(element => element.Path).ShouldBe(
        [
            "$", "$.Statement", "$.Statement[0]", "$.Statement[0].Effect", "$.Statement[0].Action", "$.Statement[0].Action[0]", "$.Statement[0].Action[1]",
            "$.Statement[0].Resource", "$.Statement[0].Resource[0]", "$.Statement[0].Condition", "$.Statement[0].Condition.Bool", "$.Statement[0].Condition.Bool.k:k",
        ]);
        var action = document.Find("$.Statement[0].Action[1]")!;
        (document.Text[action.Span], action.Start, action.End).ShouldBe(("\"c:d\"", new TextPosition(2, 37), new TextPosition(2, 42)));
        document.Find("$.Id").ShouldBeNull();
    }

    [Fact]
    public void R1_a_policy_is_read_from_utf8()
    {
        var text = Document(Statement(sid: "a"), """{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::é"}""");
        PolicyDocument.Parse(System.Text.Encoding.UTF8.GetBytes(text)).Text.ShouldBe(text);
    }

    [Theory]
    [InlineData(new byte[] { }, 1, "A")]
    [InlineData(new byte[] { 0x7B, 0x0A, 0x22, 0xFF }, 2, "Not UTF-8.")]
    [InlineData(new byte[] { 0x7B, 0x0A, 0x0A, 0xC3 }, 3, "Not UTF-8.")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x7B }, 1, "A character")]
    [InlineData(new byte[] { 0x7B, 0xED, 0xA0, 0x80 }, 1, "Not UTF-8.")]
    public void R1_and_from_nothing_else(byte[] bytes, int line, string detail)
    {
        PolicyDocument.TryParse(bytes, out var document, out var error).ShouldBeFalse();
        document.ShouldBeNull();
        (error!.Message, error.Line).ShouldBe(("Syntax errors in policy.", line));
        if (detail != "A") error.Detail.ShouldStartWith(detail);
        Should.Throw<MalformedPolicyException>(() => PolicyDocument.Parse(bytes)).Error.ShouldBe(error);
    }

    [Fact] public void R1_too_many_bytes_are_not_even_decoded()
    {
        PolicyDocument.TryParse(new byte[2 * PolicyDocument.MaxLength + 1], out _, out var error).ShouldBeFalse();
        (error!.Line, error.Column, error.Path, error.Detail).ShouldBe((1, 1, "$", "More than 1048576 characters."));
    }

    private static void Refused(string text, string message)
    {
        PolicyDocument.TryParse(text, out var document, out var error).ShouldBeFalse();
        document.ShouldBeNull();
        error!.Message.ShouldBe(message);
    }
}
