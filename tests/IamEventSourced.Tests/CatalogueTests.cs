using IamEventSourced.PolicyEngine;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>The catalogue of AWS-managed policies that this version brings.</summary>
public class CatalogueTests
{
    public static TheoryData<string> Names => [.. Catalogue.BuiltIn.Policies.Select(policy => policy.PolicyName.Value)];

    static CataloguePolicy Policy(string name) => Catalogue.BuiltIn.Policies.Single(policy => policy.PolicyName.Value == name);

    [Fact]
    public void These_policies_are_there_under_AWSs_arns() => Catalogue.BuiltIn.Policies.Select(policy => policy.Arn.Value).ShouldBe(
        new[]
        {
            "AWSLambda_FullAccess", "AWSLambda_ReadOnlyAccess", "AdministratorAccess", "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess", "AmazonEC2FullAccess", "AmazonEC2ReadOnlyAccess", "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess", "IAMFullAccess", "IAMReadOnlyAccess", "IAMUserChangePassword", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "job-function/ViewOnlyAccess",
        }.Select(name => $"arn:aws:iam::aws:policy/{name}"));

    // Computed by another program from the files. A change of a document is meant: it takes another version of that policy, and accounts have it when they adopt it.
    [Fact] public void The_content_is_the_one_that_was_meant() => Catalogue.BuiltIn.Digest.Value.ShouldBe("5fb1904684e11090b6fd5635f15a75a2b5981b8f2ea61e579b19e90dfef2f9ee");

    [Theory, MemberData(nameof(Names))]
    public void Its_document_is_a_valid_policy_and_compiles(string name)
    {
        var text = Policy(name).PolicyDocument;
        (text.Malformation, text.Compiled.Failure).ShouldBe((null, null));
        text.Document!.Statements.ShouldAllBe(statement => statement.Sid != null);
    }

    [Theory]
    [InlineData("AdministratorAccess", "s3:DeleteBucket", true), InlineData("AdministratorAccess", "iam:CreateUser", true), InlineData("AdministratorAccess", "new:Thing", true)]
    [InlineData("PowerUserAccess", "s3:DeleteBucket", true), InlineData("PowerUserAccess", "iam:CreateUser", false), InlineData("PowerUserAccess", "iam:ListRoles", true), InlineData("PowerUserAccess", "iam:ListUsers", false)]
    [InlineData("PowerUserAccess", "organizations:LeaveOrganization", false), InlineData("PowerUserAccess", "organizations:DescribeOrganization", true), InlineData("PowerUserAccess", "account:CloseAccount", false), InlineData("PowerUserAccess", "sts:AssumeRole", true)]
    [InlineData("IAMFullAccess", "iam:DeleteUser", true), InlineData("IAMFullAccess", "organizations:ListRoots", true), InlineData("IAMFullAccess", "organizations:CreatePolicy", false), InlineData("IAMFullAccess", "s3:ListAllMyBuckets", false)]
    [InlineData("IAMReadOnlyAccess", "iam:GetUser", true), InlineData("IAMReadOnlyAccess", "iam:SimulatePrincipalPolicy", true), InlineData("IAMReadOnlyAccess", "iam:CreateUser", false), InlineData("IAMReadOnlyAccess", "iam:PassRole", false)]
    [InlineData("ReadOnlyAccess", "s3:GetObject", true), InlineData("ReadOnlyAccess", "ec2:DescribeInstances", true), InlineData("ReadOnlyAccess", "dynamodb:Query", true), InlineData("ReadOnlyAccess", "iam:ListUsers", true), InlineData("ReadOnlyAccess", "logs:FilterLogEvents", true)]
    [InlineData("ReadOnlyAccess", "s3:PutObject", false), InlineData("ReadOnlyAccess", "ec2:RunInstances", false), InlineData("ReadOnlyAccess", "secretsmanager:GetSecretValue", false), InlineData("ReadOnlyAccess", "redshift:GetClusterCredentials", false), InlineData("ReadOnlyAccess", "kms:Decrypt", false), InlineData("ReadOnlyAccess", "sqs:ReceiveMessage", false)]
    [InlineData("SecurityAudit", "iam:GetAccountAuthorizationDetails", true), InlineData("SecurityAudit", "s3:GetBucketPolicy", true), InlineData("SecurityAudit", "ec2:DescribeSecurityGroups", true), InlineData("SecurityAudit", "cloudtrail:LookupEvents", true), InlineData("SecurityAudit", "kms:GetKeyPolicy", true)]
    [InlineData("SecurityAudit", "s3:GetObject", false), InlineData("SecurityAudit", "dynamodb:GetItem", false), InlineData("SecurityAudit", "lambda:GetFunction", false), InlineData("SecurityAudit", "logs:GetLogEvents", false), InlineData("SecurityAudit", "ssm:GetParameter", false)]
    [InlineData("ViewOnlyAccess", "ec2:DescribeInstances", true), InlineData("ViewOnlyAccess", "s3:ListAllMyBuckets", true), InlineData("ViewOnlyAccess", "lambda:ListFunctions", true), InlineData("ViewOnlyAccess", "s3:GetObject", false), InlineData("ViewOnlyAccess", "s3:GetBucketPolicy", false), InlineData("ViewOnlyAccess", "dynamodb:Scan", false)]
    [InlineData("AmazonEC2FullAccess", "ec2:TerminateInstances", true), InlineData("AmazonEC2FullAccess", "autoscaling:CreateAutoScalingGroup", true), InlineData("AmazonEC2FullAccess", "iam:CreateServiceLinkedRole", false), InlineData("AmazonEC2FullAccess", "iam:PassRole", false)]
    [InlineData("AmazonEC2ReadOnlyAccess", "ec2:DescribeVpcs", true), InlineData("AmazonEC2ReadOnlyAccess", "cloudwatch:GetMetricStatistics", true), InlineData("AmazonEC2ReadOnlyAccess", "ec2:StartInstances", false), InlineData("AmazonEC2ReadOnlyAccess", "cloudwatch:PutMetricAlarm", false)]
    [InlineData("AmazonS3FullAccess", "s3:DeleteObject", true), InlineData("AmazonS3FullAccess", "kms:Decrypt", false)]
    [InlineData("AmazonS3ReadOnlyAccess", "s3:GetObject", true), InlineData("AmazonS3ReadOnlyAccess", "s3:ListBucket", true), InlineData("AmazonS3ReadOnlyAccess", "s3:PutObject", false)]
    [InlineData("AmazonDynamoDBFullAccess", "dynamodb:DeleteTable", true), InlineData("AmazonDynamoDBFullAccess", "kms:ListAliases", true), InlineData("AmazonDynamoDBFullAccess", "iam:PassRole", false), InlineData("AmazonDynamoDBFullAccess", "lambda:InvokeFunction", false)]
    [InlineData("AmazonDynamoDBReadOnlyAccess", "dynamodb:GetItem", true), InlineData("AmazonDynamoDBReadOnlyAccess", "dynamodb:Scan", true), InlineData("AmazonDynamoDBReadOnlyAccess", "dynamodb:PutItem", false), InlineData("AmazonDynamoDBReadOnlyAccess", "dynamodb:PartiQLDelete", false)]
    [InlineData("AWSLambda_FullAccess", "lambda:CreateFunction", true), InlineData("AWSLambda_FullAccess", "lambda:InvokeFunction", true), InlineData("AWSLambda_FullAccess", "iam:PassRole", false), InlineData("AWSLambda_FullAccess", "iam:CreateRole", false), InlineData("AWSLambda_FullAccess", "logs:GetLogEvents", false)]
    [InlineData("AWSLambda_ReadOnlyAccess", "lambda:GetFunction", true), InlineData("AWSLambda_ReadOnlyAccess", "lambda:InvokeFunction", false), InlineData("AWSLambda_ReadOnlyAccess", "lambda:UpdateFunctionCode", false)]
    [InlineData("IAMUserChangePassword", "iam:GetAccountPasswordPolicy", true), InlineData("IAMUserChangePassword", "iam:ChangePassword", false)]
    public void It_allows_what_it_says(string name, string action, bool allowed) => Decide(name, action, "arn:aws:any:::thing").ShouldBe(allowed ? AccessOutcome.Allowed : AccessOutcome.ImplicitDeny);

    [Theory]
    [InlineData("IAMUserChangePassword", "iam:ChangePassword", "arn:aws:iam::111122223333:user/alice", "aws:username=alice", true)]
    [InlineData("IAMUserChangePassword", "iam:ChangePassword", "arn:aws:iam::111122223333:user/bob", "aws:username=alice", false)]
    [InlineData("AmazonEC2FullAccess", "iam:CreateServiceLinkedRole", "*", "iam:AWSServiceName=spot.amazonaws.com", true)]
    [InlineData("AmazonEC2FullAccess", "iam:CreateServiceLinkedRole", "*", "iam:AWSServiceName=support.amazonaws.com", false)]
    [InlineData("AmazonDynamoDBFullAccess", "iam:PassRole", "*", "iam:PassedToService=dax.amazonaws.com", true)]
    [InlineData("AWSLambda_FullAccess", "iam:PassRole", "*", "iam:PassedToService=lambda.amazonaws.com", true)]
    [InlineData("AWSLambda_FullAccess", "iam:PassRole", "*", "iam:PassedToService=ec2.amazonaws.com", false)]
    [InlineData("AWSLambda_ReadOnlyAccess", "logs:GetLogEvents", "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/f:x", "aws:username=alice", true)]
    public void It_allows_it_where_it_says(string name, string action, string resource, string context, bool allowed) =>
        Decide(name, action, resource, context.Split('=')).ShouldBe(allowed ? AccessOutcome.Allowed : AccessOutcome.ImplicitDeny);

    static AccessOutcome Decide(string name, string action, string resource, params string[] context)
    {
        var known = new RequestContext.Builder();
        if (context is [var key, var value]) known.Set(key, value);
        return Evaluator.Decide(GrantSet.Of([new("p", Policy(name).PolicyDocument.Compiled)]), null, new(action, resource, known.Build()));
    }

    // By another program: the letters of base32 for the low five bits of bytes 4 to 20 of the ARN's SHA-256.
    [Fact] public void An_id_is_made_of_the_arn() => Catalogue.IdOf("arn:aws:iam::aws:policy/AdministratorAccess").Value.ShouldBe("ANPAV5ODH3GDY4NK5R5VT");

    [Fact]
    public void What_was_kept_is_read_as_the_same()
    {
        Catalogue.Read(Catalogue.BuiltIn.Content).ShouldBeSameAs(Catalogue.BuiltIn);
        Catalogue.Find(Catalogue.BuiltIn.Digest).ShouldBeSameAs(Catalogue.BuiltIn);
        Catalogue.Find("00" + Catalogue.BuiltIn.Digest.Value[2..]).ShouldBeNull();
    }

    [Theory, InlineData("{}"), InlineData("[]"), InlineData("null"), InlineData(" {\"Policies\":[]}"), InlineData("""{"Policies":[],"More":1}"""), InlineData("""{"Policies":[{"PolicyName":"a"}]}""")]
    public void What_is_no_canonical_catalogue_is_not_read(string content) => Should.Throw<FormatException>(() => Catalogue.Read(content));

    [Fact]
    public void A_text_that_two_catalogues_have_is_one_object_and_compiled_once()
    {
        var more = Catalogue.Extended([new("Mine", "/", "v1", Reading)]).Value!;
        more.Policies.Count.ShouldBe(Catalogue.BuiltIn.Policies.Count + 1);
        foreach (var policy in Catalogue.Read(more.Content).Policies.Where(policy => policy.PolicyName.Value is not "Mine"))
            policy.PolicyDocument.ShouldBeSameAs(Policy(policy.PolicyName.Value).PolicyDocument);
    }

    [Fact]
    public void A_file_has_one_policy_or_many_and_the_text_as_it_is_or_as_a_string()
    {
        CataloguePolicy one = new("Mine", "/team/", "v2", """{"Version":"2012-10-17","Statement":[]}""", "Ours");
        CataloguePolicy.Read("""{"PolicyName":"Mine","Path":"/team/","VersionId":"v2","Description":"Ours","PolicyDocument":{ "Version": "2012-10-17", "Statement": [] }}""").ShouldBe([one]);
        CataloguePolicy.Read("""[{"PolicyName":"Mine","Path":"/team/","VersionId":"v2","Description":"Ours","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}]""").ShouldBe([one]);
    }

    [Theory, InlineData("x"), InlineData("{}"), InlineData("null"), InlineData("[1]"), InlineData("""{"PolicyName":"a b","Path":"/","VersionId":"v1","PolicyDocument":{}}"""), InlineData("""{"PolicyName":"a","PolicyName":"b","Path":"/","VersionId":"v1","PolicyDocument":{}}""")]
    public void A_file_that_is_none_is_refused(string json) => Should.Throw<FormatException>(() => CataloguePolicy.Read(json));
}

public class AdoptCatalogueTests : Specification
{
    static readonly CataloguePolicy Mine = new("Mine", "/team/", "v1", Reading, "Ours.");
    const string MineArn = "arn:aws:iam::aws:policy/team/Mine", Administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    static readonly CatalogueAdopted BuiltIn = CatalogueAdopted.Of(Catalogue.BuiltIn);

    static CatalogueAdopted With(params CataloguePolicy[] more) => CatalogueAdopted.Of(Catalogue.Extended(more).Value!);

    [Fact] public void An_account_gets_what_this_version_brings() => When(new AdoptCatalogue(), AsOperator).Then(BuiltIn).ThenAnswers($$"""{"Digest":"{{Catalogue.BuiltIn.Digest}}" }""");
    [Fact] public void And_what_the_operator_has_beside_it() => Given(BuiltIn).When(new AdoptCatalogue([Mine]), AsOperator).Then(With(Mine));
    [Fact] public void What_it_has_stays() => Given(BuiltIn).When(new AdoptCatalogue([]), AsOperator).Then();
    [Fact] public void So_do_the_operators_in_any_order() => Given(With(Mine, Mine with { PolicyName = "Other" })).When(new AdoptCatalogue([Mine with { PolicyName = "Other" }, Mine]), AsOperator).Then();
    [Fact] public void It_may_go_back() => Given(BuiltIn, With(Mine)).When(new AdoptCatalogue(), AsOperator).Then(BuiltIn);
    [Fact] public void The_operators_takes_the_place_of_AWSs_as_another_version() => Given(BuiltIn).When(new AdoptCatalogue([new("AdministratorAccess", "/", "v2", Reading)]), AsOperator).Then(With(new CataloguePolicy("AdministratorAccess", "/", "v2", Reading)));
    [Fact] public void Another_text_is_another_version() => Given(BuiltIn).When(new AdoptCatalogue([new("AdministratorAccess", "/", "v1", Reading)]), AsOperator)
        .ThenRefused("InvalidInput", "Policies: arn:aws:iam::aws:policy/AdministratorAccess has another text than the v1 that the account adopted; another text is another version.");
    [Fact] public void Also_after_others_in_between() => Given(With(Mine), With(Mine with { VersionId = "v2" }), BuiltIn).When(new AdoptCatalogue([Mine with { PolicyDocument = Writing }]), AsOperator).ThenRefused("InvalidInput");
    [Fact] public void Deciding_keeps_nothing()
    {
        var unique = Mine with { PolicyName = "DecidedOnly" };
        Directory.Decide(new AdoptCatalogue([unique]), CallOf(AsOperator)).Events.Count.ShouldBe(1);
        Catalogue.Find(Catalogue.Extended([unique]).Value!.Digest).ShouldBeNull();
    }
    [Fact] public void A_malformed_document_is_refused() => When(new AdoptCatalogue([Mine with { PolicyDocument = NoPolicy }]), AsOperator).ThenRefused("MalformedPolicyDocument");
    [Fact] public void Names_are_unique_without_case() => When(new AdoptCatalogue([Mine, Mine with { PolicyName = "MINE", Path = "/" }]), AsOperator).ThenRefused("InvalidInput", "Policies: Mine is there twice.");
    [Fact] public void Also_among_AWSs() => When(new AdoptCatalogue([Mine with { PolicyName = "readonlyaccess" }]), AsOperator)
        .ThenRefused("InvalidInput", "Policies: arn:aws:iam::aws:policy/team/readonlyaccess is called like arn:aws:iam::aws:policy/ReadOnlyAccess.");
    [Fact] public void There_is_a_limit() => When(new AdoptCatalogue([.. Enumerable.Range(0, 9).Select(i => Mine with { PolicyName = $"Mine{i}", PolicyDocument = Reading + new string(' ', 130_000) })]), AsOperator)
        .ThenRefused("LimitExceeded", "Cannot exceed quota for CatalogueBytes: 1048576");
    [Fact] public void Root_may_not() => When(new AdoptCatalogue()).ThenRefused("AccessDenied");

    [Fact] public void A_policy_that_a_user_has_is_not_dropped() => Given(Alice, With(Mine), new UserPolicyAttached(AliceId, Catalogue.IdOf(MineArn))).When(new AdoptCatalogue(), AsOperator)
        .ThenRefused("DeleteConflict", "The catalogue lacks arn:aws:iam::aws:policy/team/Mine, which entities have.");
    [Fact] public void Nor_one_that_a_group_has() => Given(Admins, With(Mine), new GroupPolicyAttached(AdminsId, Catalogue.IdOf(MineArn))).When(new AdoptCatalogue(), AsOperator).ThenRefused("DeleteConflict");
    [Fact] public void Nor_one_that_bounds_a_user() => Given(Alice, With(Mine), new UserPermissionsBoundaryPut(AliceId, Catalogue.IdOf(MineArn), null)).When(new AdoptCatalogue(), AsOperator).ThenRefused("DeleteConflict");
    [Fact] public void One_that_was_detached_is() => Given(Alice, With(Mine), new UserPolicyAttached(AliceId, Catalogue.IdOf(MineArn)), new UserPolicyDetached(AliceId, Catalogue.IdOf(MineArn))).When(new AdoptCatalogue(), AsOperator).Then(BuiltIn);

    [Fact]
    public void A_catalogue_that_is_not_at_hand_decides_nothing() => Should.Throw<KeyNotFoundException>(() => Given(new CatalogueAdopted(new string('0', 64))));

    [Fact] public void GetCatalogue_tells_what_is_in_force_and_since_when()
    {
        Given(BuiltIn, With(Mine, new CataloguePolicy("ReadOnlyAccess", "/", "v9", Reading)));
        var answer = Ask(new GetCatalogue());
        (answer.Digest, answer.IsBuiltIn, answer.SinceRevision).ShouldBe((With(Mine, new CataloguePolicy("ReadOnlyAccess", "/", "v9", Reading)).Digest, false, 4));
        answer.Policies.Select(policy => policy.PolicyName.Value).ShouldBe(answer.Policies.Select(policy => policy.PolicyName.Value).Order(StringComparer.OrdinalIgnoreCase));
        answer.Policies.ToDictionary(policy => policy.PolicyArn.Value, policy => $"{policy.VersionId} {policy.SinceRevision}").Where(policy => policy.Value is not "v1 3")
            .ShouldBe(new Dictionary<string, string> { [MineArn] = "v1 4", ["arn:aws:iam::aws:policy/ReadOnlyAccess"] = "v9 4" }, ignoreOrder: true);
    }

    [Fact] public void The_operator_may_ask() => Given(BuiltIn).When(new GetCatalogue(), AsOperator).ThenAnswers(System.Text.Json.JsonSerializer.Serialize(Ask(new GetCatalogue()), Json.Options));
    [Fact] public void Before_the_first_there_is_none() => When(new GetCatalogue()).ThenRefused("NoSuchEntity");

    [Fact] public void Every_account_may_attach_it() => Given(BuiltIn, Alice).When(new AttachUserPolicy("alice", Administrator)).Then(new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator)));
    [Fact] public void A_group_too() => Given(BuiltIn, Admins).When(new AttachGroupPolicy("admins", Administrator)).Then(new GroupPolicyAttached(AdminsId, Catalogue.IdOf(Administrator)));
    [Fact] public void Once() => Given(BuiltIn, Alice, new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator))).When(new AttachUserPolicy("alice", Administrator)).Then();
    [Fact] public void And_detach_it() => Given(BuiltIn, Alice, new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator))).When(new DetachUserPolicy("alice", Administrator)).Then(new UserPolicyDetached(AliceId, Catalogue.IdOf(Administrator)));
    [Fact] public void Only_of_the_catalogue_that_it_adopted() => Given(BuiltIn, Alice).When(new AttachUserPolicy("alice", MineArn)).ThenRefused("NoSuchEntity", "Policy arn:aws:iam::aws:policy/team/Mine does not exist or is not attachable.");
    [Fact] public void It_counts_as_any_other() => Given(BuiltIn, Alice).GivenQuotas(new() { AttachedPoliciesPerUser = 0 }).When(new AttachUserPolicy("alice", Administrator)).ThenRefused("LimitExceeded");

    [Theory]
    [InlineData("arn:aws:iam::aws:policy/administratoraccess"), InlineData("arn:aws:iam::aws:policy/x/AdministratorAccess"), InlineData("arn:aws:iam::aws:policy/"), InlineData("arn:aws:iam::111122223333:policy/AdministratorAccess"), InlineData("arn:aws:iam::aws:user/AdministratorAccess")]
    public void Its_arn_must_be_written_just_so(string arn) => Given(BuiltIn).When(new GetPolicy(arn)).ThenRefused("NoSuchEntity", $"Policy {arn} was not found.");

    [Fact] public void The_account_may_have_one_of_the_same_name() => Given(BuiltIn).When(new CreatePolicy("AdministratorAccess", Reading)).Then(new PolicyCreated("ANPA00000000000000001", "AdministratorAccess", "/", null, Reading));

    [Fact] public void It_is_described_as_AWSs() => Given(BuiltIn, Alice, Admins, new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator)), new GroupPolicyAttached(AdminsId, Catalogue.IdOf(Administrator))).When(new GetPolicy(Administrator))
        .ThenAnswers($$$"""
        {"Policy":{"PolicyName":"AdministratorAccess","PolicyId":"{{{Catalogue.IdOf(Administrator)}}}","Arn":"arn:aws:iam::aws:policy/AdministratorAccess","Path":"/","DefaultVersionId":"v1","AttachmentCount":2,
         "PermissionsBoundaryUsageCount":0,"IsAttachable":true,"Description":"Everything, on everything.","CreateDate":"2030-01-01T12:00:00.000000Z","UpdateDate":"2030-01-01T12:00:00.000000Z"}}
        """);
    [Fact] public void Its_text_can_be_read() => Given(With(Mine)).When(new GetPolicyVersion(MineArn, "v1"))
        .ThenAnswers("""{"PolicyVersion":{"Document":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}","VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}}""");
    [Theory, InlineData("v99999999999"), InlineData("v2.2026-11")] public void Its_version_is_any_that_AWSs_pattern_allows(string version) => Given(With(Mine with { VersionId = version })).When(new ListPolicyVersions(MineArn))
        .ThenAnswers($$"""{"Versions":[{"VersionId":"{{version}}","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void It_has_one_version() => Given(BuiltIn).When(new ListPolicyVersions(Administrator)).ThenAnswers("""{"Versions":[{"VersionId":"v1","IsDefaultVersion":true,"CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}""");
    [Fact] public void It_is_among_the_attached() => Given(BuiltIn, Alice, new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator))).When(new ListAttachedUserPolicies("alice"))
        .ThenAnswers("""{"AttachedPolicies":[{"PolicyName":"AdministratorAccess","PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}],"IsTruncated":false}""");

    [Fact] public void It_may_bound_a_user() => Given(BuiltIn, Alice).When(new PutUserPermissionsBoundary("alice", Administrator)).Then(new UserPermissionsBoundaryPut(AliceId, Catalogue.IdOf(Administrator), null));

    public static TheoryData<string> Changes => ["CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion", "TagPolicy", "UntagPolicy"];

    [Theory, MemberData(nameof(Changes))]
    public void Not_even_root_changes_it(string change) => Given(BuiltIn).When((ICommand)(change switch
    {
        "CreatePolicyVersion" => new CreatePolicyVersion(Administrator, Reading),
        "DeletePolicy" => new DeletePolicy(Administrator),
        "DeletePolicyVersion" => new DeletePolicyVersion(Administrator, "v1"),
        "TagPolicy" => new TagPolicy(Administrator, [new("a", "b")]),
        "UntagPolicy" => new UntagPolicy(Administrator, ["a"]),
        _ => new SetDefaultPolicyVersion(Administrator, "v1"),
    })).ThenRefused("AccessDenied", $"User: arn:aws:iam::111122223333:root is not authorized to perform: iam:{change} on resource: arn:aws:iam::aws:policy/AdministratorAccess");

    [Theory]
    [InlineData(null, "AdministratorAccess,AdministratorAccess,AmazonEC2FullAccess,Read"), InlineData("AWS", "AdministratorAccess,AmazonEC2FullAccess"), InlineData("Local", "AdministratorAccess,Read")]
    public void The_lists_have_AWSs_after_the_accounts_own_of_the_name(string? scope, string names)
    {
        Given(BuiltIn, Read, new PolicyCreated("ANPAADMIN00000000001", "AdministratorAccess", "/", null, Reading));
        List<string> listed = [];
        for (var page = Ask(new ListPolicies(scope is null ? null : new PolicyScope(scope), MaxItems: 1)); ; page = Ask(new ListPolicies(scope is null ? null : new PolicyScope(scope), Marker: page.Marker, MaxItems: 1)))
        {
            listed.AddRange(page.Policies.Select(policy => policy.PolicyName.Value));
            if (!page.IsTruncated) break;
        }
        listed.Where(name => names.Contains(name, StringComparison.Ordinal)).ShouldBe(names.Split(','));
        listed.Count.ShouldBe(scope switch { null => 18, "AWS" => 16, _ => 2 });
    }

    [Fact]
    public void It_decides_from_the_adoption_on_that_brought_its_text()
    {
        CataloguePolicy other = new("Other", "/", "v1", Reading);
        Given(Alice, With(Mine), new UserPolicyAttached(AliceId, Catalogue.IdOf(MineArn)));                                    // revisions 3, 4, 5
        var first = Directory;
        Decision("s3:GetObject").ShouldBe("allowed team/Mine v1 since 5");
        Given(With(Mine, other));                                                                                               // 6: nothing of it changes
        Decision("s3:GetObject").ShouldBe("allowed team/Mine v1 since 5");
        Given(With(Mine with { VersionId = "v2", PolicyDocument = Writing, Description = "New." }, other));                     // 7
        Decision("s3:GetObject").ShouldBe("implicitDeny");
        Decision("s3:PutObject").ShouldBe("allowed team/Mine v2 since 7");
        Ask(new GetPolicy(MineArn)).Policy.ShouldSatisfyAllConditions(policy => policy.Description!.Value.ShouldBe("New."), policy => policy.AttachmentCount.ShouldBe(1), policy => policy.PolicyId.ShouldBe(Catalogue.IdOf(MineArn)));
        Given(With(Mine));                                                                                                      // 8: going back is a new cause
        Decision("s3:GetObject").ShouldBe("allowed team/Mine v1 since 8");
        first.Users[AliceId].Attached.Count.ShouldBe(1);
        new Authorize("s3:GetObject", null, "arn:aws:iam::111122223333:user/team/alice").Answer(first, CallOf(null)).Value!.Decision.ShouldBe("allowed");

        string Decision(string action)
        {
            var answer = Ask(new Authorize(action, null, "arn:aws:iam::111122223333:user/team/alice"));
            return answer.MatchedStatements is [var by] ? $"{answer.Decision} {by.PolicyArn!.Value.Split("policy/")[1]} {by.VersionId} since {by.SinceRevision}" : answer.Decision;
        }
    }

    [Fact]
    public void An_account_that_has_none_holds_nothing_of_it_but_that_it_adopted_it()
    {
        Given(BuiltIn);
        (Directory.AwsPolicies.Count, Directory.Policies.Count, Directory.Adoptions.Length).ShouldBe((0, 0, 1));
        Directory.Adoptions[0].Catalogue.ShouldBeSameAs(Catalogue.BuiltIn);
    }

    [Fact]
    public void Its_history_is_what_the_account_did_with_it()
    {
        Given(BuiltIn, Alice, new UserPolicyAttached(AliceId, Catalogue.IdOf(Administrator)));
        Directory.Current(Administrator).ShouldBe((Catalogue.IdOf(Administrator).Value, Administrator));
        Directory.Current(Catalogue.IdOf(Administrator).Value).ShouldBe((Catalogue.IdOf(Administrator).Value, Administrator));
    }
}
