using Shouldly;
using Xunit;
using static IamEventSourced.PolicyEngine.Tests.Ask;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What may be stored (R101–R104).</summary>
public class ValidationTests
{
    private const string Syntax = "Syntax errors in policy.";
    private const string Legacy = "The policy failed legacy parsing";

    private const string IamPath = "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, "
        + "server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";

    [Theory]
    [InlineData("2012-10-17", null)]
    [InlineData("2008-10-17", "Policy document must be version 2012-10-17 or greater.")]
    [InlineData("2013-10-17", Syntax)]
    public void R102_version(string version, string? message) => Message($$"""{"Version":"{{version}}","Statement":{{Statement()}}}""").ShouldBe(message);

    [Fact] public void R102_no_version() => Message($$"""{"Statement":{{Statement()}}}""").ShouldBe("Policy document must be version 2012-10-17 or greater.");
    [Fact] public void R4_resource_policies_may_be_old() => Message("""{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}""", PolicyKind.Resource).ShouldBeNull();
    [Fact] public void R102_effect_of_wrong_case() => Message(Document(Statement("denY"))).ShouldBe(Legacy);
    [Fact] public void R102_no_effect_at_all() => Message(Document(Statement("invalid"))).ShouldBe(Syntax);
    [Fact] public void R102_no_json() => Message("{").ShouldBe(Syntax);
    [Fact] public void R102_repeated_sid() => Message(Document(Statement(sid: "a"), Statement(sid: "a"))).ShouldBe("Statement IDs (SID) in a single policy must be unique.");
    [Fact] public void R102_no_actions() => Message(Document("""{"Effect":"Allow","Resource":"*"}""")).ShouldBe("Policy statement must contain actions.");

    [Theory]
    [InlineData("""{"Effect":"Allow","Action":"*"}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":[]}""")]
    public void R102_no_resources(string statement) => Message(Document(statement)).ShouldBe("Policy statement must contain resources.");

    [Theory]
    [InlineData("user/")]
    [InlineData("federated-user/")]
    [InlineData("role/")]
    [InlineData("group/")]
    [InlineData("instance-profile/")]
    [InlineData("mfa/")]
    [InlineData("server-certificate/")]
    [InlineData("policy/")]
    [InlineData("sms-mfa/")]
    [InlineData("saml-provider/")]
    [InlineData("oidc-provider/")]
    [InlineData("report/")]
    [InlineData("access-report/")]
    public void R102_R104_what_iam_has(string kind)
    {
        Message(Document(Statement(resource: $"arn:aws:iam::1:{kind}a"))).ShouldBeNull();
        Message(Document(Statement(resource: $"arn:aws:iam::1:{kind[..^1]}"))).ShouldBe(IamPath);
    }

    [Theory]
    [InlineData("AssumeRole")]
    [InlineData("AssumeRoleWithSAML")]
    [InlineData("AssumeRoleWithWebIdentity")]
    [InlineData("DecodeAuthorizationMessage")]
    [InlineData("GetAccessKeyInfo")]
    [InlineData("GetCallerIdentity")]
    [InlineData("GetFederationToken")]
    [InlineData("GetServiceBearerToken")]
    [InlineData("GetSessionToken")]
    [InlineData("SetSourceIdentity")]
    [InlineData("TagSession")]
    public void R10_what_trust_may_name(string action)
    {
        Message($$$"""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:{{{action}}}"}}""", PolicyKind.Trust).ShouldBeNull();
        Message($$$"""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:{{{action}}}s"}}""", PolicyKind.Trust).ShouldBe(TrustActions);
    }

    [Theory]
    [InlineData("x", "Resource x must be in ARN format or \"*\".")]
    [InlineData("**", "Resource ** must be in ARN format or \"*\".")]
    [InlineData("", "Resource  must be in ARN format or \"*\".")]
    [InlineData("arn:aws", "Resource vendor must be fully qualified and cannot contain regexes.")]
    [InlineData("arn:b:c", "Partition \"b\" is not valid for resource \"arn:b:c:*:*:*\".")]
    [InlineData("a:b:c:d:e:f:g", "Partition \"b\" is not valid for resource \"arn:b:c:d:e:f:g\".")]
    [InlineData("arn:aws:s3::x", Legacy)]
    [InlineData("arn:aws::us-east-1:1:x", Legacy)]
    [InlineData("arn:aws:", Legacy)]
    [InlineData("arn:aws:iam:us-east-1:1:user/a", "IAM resource arn:aws:iam:us-east-1:1:user/a cannot contain region information.")]
    [InlineData("arn:aws:iam:${a:b}:1:user/a", "IAM resource arn:aws:iam:${a:b}:1:user/a cannot contain region information.")]
    [InlineData("arn:aws:iam::1:${a:b}/a", IamPath)]
    [InlineData("arn:aws:iam::1:$user/}", IamPath)]
    [InlineData("arn:${aws:p}:s3:::b", "Partition \"${aws:p}\" is not valid for resource \"arn:${aws:p}:s3:::b\".")]
    [InlineData("arn:aws:iam::1:thing/a", IamPath)]
    [InlineData("arn:aws:iam::1:user", IamPath)]
    public void R102_resource(string resource, string message)
    {
        Message(Document(Statement(resource: resource))).ShouldBe(message);
        Message(Document(Statement(notResource: new[] { "*", resource }))).ShouldBe(message);
    }

    [Theory]
    [InlineData("x", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("**", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData("a:b:c", "Actions/Condition can contain only one colon.")]
    [InlineData("a a:b", "Vendor a a is not valid")]
    [InlineData("*:*", "Vendor * is not valid")]
    [InlineData("s3:", Syntax)]
    public void R102_action(string action, string message)
    {
        Message(Document(Statement(action: action))).ShouldBe(message);
        Message(Document(Statement(notAction: new[] { "s3:Get*", action }))).ShouldBe(message);
    }

    [Theory]
    [InlineData("notadate")]
    [InlineData("2024-13-01")]
    [InlineData("2024-01-01T25:00")]
    [InlineData("2024-01-01T00:00:00+1:00")]
    [InlineData("9223372036854775808")]
    [InlineData("")]
    public void R102_unreadable_date(string date) => Message(Document(Statement(condition: new { DateLessThan = new { a = date } }))).ShouldBe(Legacy);

    [Theory]
    [InlineData("01T")]
    [InlineData("-0001-01-01")]
    [InlineData("2024-1-1")]
    [InlineData("2024-01-01t00:00:00z")]
    [InlineData("2024-01-01T00:00:00.123+01:00")]
    [InlineData("1700000000")]
    public void R103_readable_date(string date) => Message(Document(Statement(condition: new { DateLessThan = new { a = date } }))).ShouldBeNull();

    [Theory]
    [InlineData("""{"Effect":"Allow","Action":"unknown:Unknown","Resource":"arn:aws:whatever"}""")]
    [InlineData("""{"Effect":"Allow","Action":"iam: a b ","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":["*",null]}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"x":{}}}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"a":[]}}}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":true},"Null":{"b":[false]}}}""")]
    [InlineData("""{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":["arn:*:s3:::b","arn:aws-cn:s3:::b","arn:aws-us-gov:s3:::b","arn:aws:iam::1:*","arn:aws:iam::*:root","arn:aws:s3:::${a:b}","arn:aws:s3:::${a","arn:aws:s3:::$","arn:aws:s3:::${"]}""")]
    public void R103_accepted(string statements) => Message(Document(statements)).ShouldBeNull();

    [Fact] public void R103_an_id_is_accepted() => Message($$"""{"Version":"2012-10-17","Id":"x","Statement":{{Statement()}}}""").ShouldBeNull();

    [Theory]
    [InlineData(PolicyKind.Identity)]
    [InlineData(PolicyKind.PermissionsBoundary)]
    [InlineData(PolicyKind.Session)]
    [InlineData(PolicyKind.ServiceControl)]
    public void R10_only_resource_policies_name_principals(PolicyKind kind)
    {
        Message(Document("""{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"""), kind).ShouldBe(Syntax);
        Message(Document(Statement()), kind).ShouldBeNull();
    }

    [Fact] public void R10_and_they_must() => Message(Document(Statement()), PolicyKind.Resource).ShouldBe(Syntax);
    [Fact] public void R71_a_star_inside_a_principal_is_malformed() => Message(Document("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:user/*"},"Action":"*"}"""), PolicyKind.Resource).ShouldBe(Syntax);
    [Fact] public void R71_also_beside_one_that_has_none() => Message(Document("""{"Effect":"Allow","Principal":{"AWS":["1","arn:aws:iam::1:user/*"]},"Action":"*"}"""), PolicyKind.Resource).ShouldBe(Syntax);
    [Fact] public void R8_a_sid_has_letters_and_digits() => Message(Document(Statement(sid: "a b"))).ShouldBe(Syntax);
    [Fact] public void R8_but_not_in_resource_policies() => Message(Document("""{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"*"}"""), PolicyKind.Resource).ShouldBeNull();

    /// <summary>Each line has all the faults of the lines below it.</summary>
    [Theory]
    [InlineData(0, Syntax)]
    [InlineData(1, "Policy document must be version 2012-10-17 or greater.")]
    [InlineData(2, Legacy)]
    [InlineData(3, "Statement IDs (SID) in a single policy must be unique.")]
    [InlineData(4, "Policy statement must contain actions.")]
    [InlineData(5, "Resource x must be in ARN format or \"*\".")]
    [InlineData(6, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    [InlineData(7, "Policy statement must contain resources.")]
    [InlineData(8, null)]
    public void R101_the_earliest_stage_is_reported(int mended, string? message)
    {
        var statements = new List<string> { mended > 7 ? Statement() : """{"Effect":"Allow","Action":"*"}""" };
        if (mended <= 6) statements.Add(Statement(action: "x"));
        if (mended <= 5) statements.Add(Statement(resource: "x"));
        if (mended <= 4) statements.Add("""{"Effect":"Allow","Resource":"*"}""");
        if (mended <= 3) statements.AddRange([Statement(sid: "a"), Statement(sid: "a")]);
        if (mended <= 2) statements.Add(Statement("denY"));
        if (mended <= 0) statements.Add(Statement("no"));
        var version = mended <= 1 ? "2008-10-17" : "2012-10-17";
        Message($$"""{"Version":"{{version}}","Statement":[{{string.Join(',', statements)}}]}""").ShouldBe(message);
    }

    [Fact]
    public void An_error_says_where() =>
        PolicyValidator.Validate("{\"Version\":\"2012-10-17\",\"Statement\":[\n" + Statement(action: new[] { "s3:*", "x" }) + "]}", PolicyKind.Identity)
            .ShouldBe(new("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", 2, 36, "$.Statement[0].Action[1]", "'x' is no action."));

    [Theory]
    [InlineData("[1", "This policy contains invalid Json")]
    [InlineData("some policy", "This policy contains invalid Json")]
    [InlineData("{}", Syntax)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:AssumeRole"}}""", null)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":["sts:assumerole","sts:TagSession"]}}""", null)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:BadAssumeRole"}}""", TrustActions)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:*"}}""", TrustActions)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"NotAction":"sts:AssumeRole"}}""", TrustActions)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:AssumeRole","Resource":"*"}}""", "Has prohibited field Resource.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"sts:AssumeRole","NotResource":"*"}}""", "Has prohibited field Resource.")]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"s3:Get","Resource":"*"}}""", TrustActions)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"1"},"Action":"s3:Get","Resource":"x"}}""", "Resource x must be in ARN format or \"*\".")]
    [InlineData("""{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"sts:AssumeRole"}}""", Syntax)]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}""", Syntax)]
    [InlineData("""{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:role/*"},"Action":"sts:AssumeRole"}}""", Syntax)]
    public void R9_R10_R102_trust(string text, string? message) => Message(text, PolicyKind.Trust).ShouldBe(message);

    [Fact]
    public void R102_what_is_longer_than_is_read_may_be_json()
    {
        var longest = "[".PadRight(PolicyDocument.MaxLength);
        (Message(longest, PolicyKind.Trust), Message(longest + " ", PolicyKind.Trust)).ShouldBe(("This policy contains invalid Json", Syntax));
    }

    [Theory]
    [InlineData(PolicyKind.Identity, false)]
    [InlineData(PolicyKind.PermissionsBoundary, false)]
    [InlineData(PolicyKind.Session, false)]
    [InlineData(PolicyKind.ServiceControl, false)]
    [InlineData(PolicyKind.Resource, true)]
    public void R9_only_resource_policies_may_leave_the_resource_out(PolicyKind kind, bool may)
    {
        var principal = may ? "\"Principal\":\"*\"," : "";
        Message(Document($$"""{{{principal}}"Effect":"Allow","Action":"*"}"""), kind).ShouldBe(may ? null : "Policy statement must contain resources.");
        Message(Document($$"""{{{principal}}"Effect":"Allow","Action":"*","NotResource":[]}"""), kind).ShouldBe("Policy statement must contain resources.");
    }

    [Theory]
    [InlineData(PolicyKind.PermissionsBoundary)]
    [InlineData(PolicyKind.Session)]
    [InlineData(PolicyKind.ServiceControl)]
    public void R4_other_kinds_must_be_new(PolicyKind kind) => Message($$"""{"Version":"2008-10-17","Statement":{{Statement()}}}""", kind).ShouldBe("Policy document must be version 2012-10-17 or greater.");

    [Fact]
    public void R104_own_partitions_stand_beside_those_of_AWS()
    {
        var text = Document(Statement(resource: new[] { "arn:own:s3:::b", "arn:aws:s3:::b" }));
        PolicyValidator.Validate(text, PolicyKind.Identity, ["own"]).ShouldBeNull();
        Message(text).ShouldBe("Partition \"own\" is not valid for resource \"arn:own:s3:::b\".");
    }

    [Theory]
    [InlineData(PolicyKind.Identity, """{"Version":"2008-10-17","Statement":{@}}""", "1:12 $.Version", "Version must be 2012-10-17.")]
    [InlineData(PolicyKind.Identity, """{"Statement":{@}}""", "1:1 $.Version", "Version must be 2012-10-17.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Principal":"*",@}}""", "1:50 $.Statement.Principal", "A principal is only for resource policies.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":[{"NotPrincipal":"*",@}]}""", "1:54 $.Statement[0].NotPrincipal", "A principal is only for resource policies.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Sid":"a b",@}}""", "1:44 $.Statement.Sid", "A Sid has only letters and digits.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*"}}""", "1:37 $.Statement", "Resource or NotResource must name at least one.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["*","x"]}}""", "1:84 $.Statement.Resource[1]", "'x' is no resource.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateEquals":{"a":["2024","x"]}}}}""", "1:122 $.Statement.Condition.DateEquals.a[1]", "'x' is no date.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"a":[  "x"]}}}}""", "1:128 $.Statement.Condition.DateGreaterThanEquals.a[0]", "'x' is no date.")]
    [InlineData(PolicyKind.Identity, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[  "x"],"Resource":"*"}}""", "1:67 $.Statement.Action[0]", "'x' is no action.")]
    [InlineData(PolicyKind.Resource, """{"Statement":[{@}]}""", "1:15 $.Statement[0]", "Principal or NotPrincipal is missing.")]
    [InlineData(PolicyKind.Resource, """{"Statement":{"Principal":{"AWS":"a*"},@}}""", "1:27 $.Statement.Principal", "A principal is * or has none.")]
    [InlineData(PolicyKind.Trust, """{"Statement":{"NotPrincipal":"*",@}}""", "1:30 $.Statement.NotPrincipal", "NotPrincipal is not for trust policies.")]
    [InlineData(PolicyKind.Trust, """{"Statement":{"Principal":"*","Effect":"Allow","Action":["sts:AssumeRole","s3:*"]}}""", "1:57 $.Statement.Action", "Only actions that assume a role.")]
    [InlineData(PolicyKind.Trust, """{"Statement":{"Principal":"*","Effect":"Allow","NotAction":"sts:AssumeRole"}}""", "1:60 $.Statement.NotAction", "Only actions that assume a role.")]
    [InlineData(PolicyKind.Trust, """{"Statement":{"Principal":"*","Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}""", "1:85 $.Statement.Resource", "The role is the resource.")]
    [InlineData(PolicyKind.Trust, """{"Statement":{"Principal":"*","Effect":"Allow","Action":"sts:AssumeRole","NotResource":"*"}}""", "1:88 $.Statement.NotResource", "The role is the resource.")]
    public void R4_to_R10_an_error_of_the_kind_says_what_is_wrong_and_where(PolicyKind kind, string text, string place, string detail)
    {
        var error = PolicyValidator.Validate(text.Replace("@", Statement()[1..^1], StringComparison.Ordinal), kind)!;
        ($"{error.Line}:{error.Column} {error.Path}", error.Detail).ShouldBe((place, detail));
    }

    // The ends of what each field takes; the service's clock ends in the year 292278993.
    [Theory]
    [InlineData("292278993", "292278994-01")]
    [InlineData("292278993-12-31", "292278993-13-31")]
    [InlineData("-292275054-01-01", "-292275055-01-01")]
    [InlineData("0000-01-01", "0000-00-01")]
    [InlineData("2024-12", "2024-13")]
    [InlineData("2024-01-31", "2024-01-32")]
    [InlineData("2024-01-01", "2024-01-00")]
    [InlineData("2024-01-01T23", "2024-01-01T24")]
    [InlineData("2024-01-01T00:59", "2024-01-01T00:60")]
    [InlineData("2024-01-01T00:00:59", "2024-01-01T00:00:60")]
    [InlineData("2024-01-01T00:00:00.999999999", "2024-01-01T00:00:00.9999999999")]
    [InlineData("2024-01-01T00:00:00Z", "2024-01-01T00:00:00ZZ")]
    [InlineData("2024-01-01T00:00:00+23:59", "2024-01-01T00:00:00+24:00")]
    [InlineData("2024-01-01T00:00:00-2359", "2024-01-01T00:00:00-2360")]
    [InlineData("2024-01-01T00:00:00+05", "2024-01-01T00:00:00+5")]
    [InlineData("2024-01-01T00:00:00+05:30", "2024-01-01T00:00:00+05:3")]
    [InlineData("2024-01-01T", "2024-01-01-01T")]
    [InlineData("2024-01-01T01:02:03", "2024-01-01T01:02:03:04")]
    [InlineData("2024-01-01T01:02:03.4", "2024-01-01T01:02:03.4.5")]
    [InlineData("2024-01-01T01:02:03+01:02", "2024-01-01T01:02:03+01:02:03")]
    [InlineData("9223372036854775807", "9223372036854775808")]
    [InlineData("0", "-")]
    [InlineData("1t", "1x")]
    public void R103_a_date_is_readable_up_to_its_ends(string readable, string beyond)
    {
        Message(Document(Statement(condition: new { DateLessThan = new { a = readable } }))).ShouldBeNull();
        Message(Document(Statement(condition: new { DateLessThan = new { a = beyond } }))).ShouldBe(Legacy);
    }

    private const string TrustActions = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";

    private static string? Message(string text, PolicyKind kind = PolicyKind.Identity) => PolicyValidator.Validate(text, kind)?.Message;
}
