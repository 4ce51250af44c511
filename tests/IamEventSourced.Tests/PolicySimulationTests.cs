using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class PolicySimulationTests : Specification
{
    static readonly Arn AliceArn = "arn:aws:iam::111122223333:user/team/alice", BobArn = "arn:aws:iam::111122223333:user/Bob", AdminsArn = "arn:aws:iam::111122223333:group/eng/admins";
    const string OwnFolder = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/${aws:username}/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}""";
    const string NoDeleting = """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}}""";
    const string Bucket = "arn:aws:s3:::home/alice/x";

    public PolicySimulationTests() => Given(Alice, AliceKeyCreated, Bob, Admins, AliceJoins, Read, AdminsRead);

    [Fact]
    public void Policies_as_texts_are_tried_as_AWS_answers() => When(new SimulateCustomPolicy(["{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}]}"], ["s3:GetObject", "s3:PutObject"])).ThenAnswers("""
        {"EvaluationResults":[
         {"EvalActionName":"s3:GetObject","EvalResourceName":"*","EvalDecision":"allowed","MatchedStatements":[{"SourcePolicyId":"PolicyInputList.1","SourcePolicyType":"IAM Policy","StartPosition":{"Line":3,"Column":17},"EndPosition":{"Line":4,"Column":67}}],"MissingContextValues":[],"EvalDecisionDetails":{},"ResourceSpecificResults":[]},
         {"EvalActionName":"s3:PutObject","EvalResourceName":"*","EvalDecision":"implicitDeny","MatchedStatements":[],"MissingContextValues":[],"EvalDecisionDetails":{},"ResourceSpecificResults":[]}],
         "IsTruncated":false}
        """);

    [Fact]
    public void R122_each_action_is_tried_on_each_resource_and_the_most_restrictive_decision_is_the_action_s()
    {
        var result = Ask(new SimulateCustomPolicy([Reading, """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret/*"}}"""], ["s3:GetObject"], ResourceArns: [Bucket, "arn:aws:s3:::secret/x"])).EvaluationResults.ShouldHaveSingleItem();
        (result.EvalDecision, result.EvalResourceName.Value).ShouldBe(("explicitDeny", "arn:aws:s3:::secret/x"));
        result.ResourceSpecificResults.Select(one => (one.EvalResourceName.Value, one.EvalResourceDecision, one.MatchedStatements.Single().SourcePolicyId)).ShouldBe([(Bucket, "allowed", "PolicyInputList.1"), ("arn:aws:s3:::secret/x", "explicitDeny", "PolicyInputList.2")]);
    }

    [Fact]
    public void R124_policies_of_a_user_are_told_by_name_those_written_on_it_or_its_group_with_whom()
    {
        Given(new UserPolicyPut(AliceId, "own", Reading), new GroupPolicyPut(AdminsId, "theirs", Reading));
        Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], [Reading])).MatchedStatements.Select(one => one.SourcePolicyId).ShouldBe(["user_alice_own", "group_admins_theirs", "Read", "PolicyInputList.1"], ignoreOrder: true);
        Of(new SimulatePrincipalPolicy(AdminsArn, ["s3:GetObject"])).MatchedStatements.Select(one => one.SourcePolicyId).ShouldBe(["group_admins_theirs", "Read"], ignoreOrder: true);
    }

    [Fact]
    public void A_path_may_have_colons_in_it()
    {
        Given(new UserCreated("AIDACARL000000000001", "carl", "/a:b/c/"), new UserPolicyPut("AIDACARL000000000001", "own", Reading));
        Arn carl = "arn:aws:iam::111122223333:user/a:b/c/carl";
        Of(new SimulatePrincipalPolicy(carl, ["s3:GetObject"])).MatchedStatements.Single().SourcePolicyId.ShouldBe("user_carl_own");
        var granting = Ask(new ListPoliciesGrantingServiceAccess(carl, ["s3"])).PoliciesGrantingServiceAccess.Single().Policies.Single();
        (granting.EntityType, granting.EntityName).ShouldBe(("USER", "carl"));
        Ask(new Authorize("s3:GetObject", null, carl)).Reason.ShouldStartWith("user/a:b/c/carl > own");
    }

    [Fact]
    public void R126_nothing_is_known_that_is_not_given_not_even_the_user_s_name()
    {
        Given(new UserPolicyPut(AliceId, "own", OwnFolder), AliceLeaves);
        var nothing = Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], ResourceArns: [Bucket]));
        (nothing.EvalDecision, nothing.MissingContextValues.Count).ShouldBe(("implicitDeny", 0));
        nothing.ResourceSpecificResults.Single().MissingContextValues.ShouldBe(["aws:username", "aws:SecureTransport"]);
        var some = Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], ResourceArns: [Bucket], ContextEntries: [new("aws:username", ["alice"]), new("AWS:SecureTransport", ["true"], "boolean")]));
        (some.EvalDecision, some.ResourceSpecificResults.Single().MissingContextValues.Count).ShouldBe(("allowed", 0));
        Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], ResourceArns: ["*"])).MissingContextValues.ShouldBe(["aws:username", "aws:SecureTransport"]);
    }

    [Fact]
    public void R127_context_keys_are_those_of_the_user_its_groups_and_its_boundary()
    {
        Given(new GroupPolicyPut(AdminsId, "folder", OwnFolder), new PolicyCreated("ANPALIMIT00000000001", "Limit", "/", null, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}}"""), new UserPermissionsBoundaryPut(AliceId, "ANPALIMIT00000000001", null));
        When(new GetContextKeysForPrincipalPolicy(AliceArn)).ThenAnswers("""{"ContextKeyNames":["aws:username","aws:SecureTransport","aws:RequestedRegion"]}""");
        When(new GetContextKeysForPrincipalPolicy(AdminsArn, [OwnFolder.Replace("aws:username", "aws:userid", StringComparison.Ordinal)])).ThenAnswers("""{"ContextKeyNames":["aws:username","aws:SecureTransport","aws:userid"]}""");
        When(new GetContextKeysForCustomPolicy([OwnFolder])).ThenAnswers("""{"ContextKeyNames":["aws:username","aws:SecureTransport"]}""");
    }

    [Theory]
    [InlineData("""{"PolicyType":"inline"}""", "Read")]
    [InlineData("""{"PolicyType":"user-managed"}""", "user_alice_own group_admins_own")]
    [InlineData("""{"PolicyType":"aws-managed"}""", "user_alice_own group_admins_own Read")]
    [InlineData("""{"PolicyType":"scp"}""", "user_alice_own group_admins_own Read")]
    [InlineData("""{"PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}""", "user_alice_own group_admins_own")]
    [InlineData("""{"InlinePolicyIdentifier":{"PolicyName":"OWN","AttachmentType":"user","AttachmentName":"Alice"}}""", "group_admins_own Read")]
    [InlineData("""{"InlinePolicyIdentifier":{"PolicyName":"own","AttachmentType":"group","AttachmentName":"admins"}}""", "user_alice_own Read")]
    [InlineData("""{"InlinePolicyIdentifier":{"PolicyName":"own","AttachmentType":"group","AttachmentName":"alice"}}""", "user_alice_own group_admins_own Read")]
    public void Policies_that_are_excluded_take_no_part(string excluded, string left)
    {
        Given(new UserPolicyPut(AliceId, "own", Reading), new GroupPolicyPut(AdminsId, "own", Reading));
        var exclusion = System.Text.Json.JsonSerializer.Deserialize<PolicyIdentifier>(excluded, Json.Options)!;
        Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], PolicyExclusionList: [exclusion])).MatchedStatements.Select(one => one.SourcePolicyId).ShouldBe(left.Split(' '), ignoreOrder: true);
    }

    [Fact]
    public void R86_the_boundary_that_is_there_bounds_one_that_is_given_takes_its_place_and_an_excluded_one_does_not_bound()
    {
        Given(new PolicyCreated("ANPALIMIT00000000001", "Limit", "/", null, Writing), new UserPermissionsBoundaryPut(AliceId, "ANPALIMIT00000000001", null));
        var simulation = new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"]);
        Decided(simulation).ShouldBe(("implicitDeny", false));
        Decided(simulation with { PermissionsBoundaryPolicyInputList = [Reading] }).ShouldBe(("allowed", true));
        Decided(simulation with { PolicyExclusionList = [new("permission-boundary")] }).ShouldBe(("allowed", null));
        Decided(simulation with { PolicyExclusionList = [new(PolicyArn: "arn:aws:iam::111122223333:policy/Limit")] }).ShouldBe(("allowed", null));
        Decided(simulation with { PolicyExclusionList = [new("user-managed")], PolicyInputList = [Reading] }).ShouldBe(("implicitDeny", false));

        (string, bool?) Decided(SimulatePrincipalPolicy asked) => Of(asked) is var result ? (result.EvalDecision, result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary) : default;
    }

    [Fact]
    public void R85_each_level_of_service_control_has_to_allow()
    {
        var simulation = new SimulateCustomPolicy([Everything], ["s3:GetObject", "s3:DeleteObject"], OrderedOrganizationPolicyInputList: [new([Everything]), new([Everything, NoDeleting])]);
        Ask(simulation).EvaluationResults.Select(one => (one.EvalDecision, one.OrganizationsDecisionDetail!.AllowedByOrganizations)).ShouldBe([("allowed", true), ("explicitDeny", false)]);
        Ask(simulation with { OrderedOrganizationPolicyInputList = [new([Everything]), new([Writing])] }).EvaluationResults[0].EvalDecision.ShouldBe("implicitDeny");
    }

    [Fact]
    public void R87_R88_a_resource_policy_is_enough_in_the_own_account_and_needed_too_in_another()
    {
        const string trusts = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/alice"},"Action":"s3:PutObject","Resource":"*"}}""";
        var simulation = new SimulatePrincipalPolicy(AliceArn, ["s3:PutObject"], ResourceArns: [Bucket], ResourcePolicy: trusts);
        Of(simulation).EvalDecision.ShouldBe("allowed");
        var other = Of(simulation with { ResourceOwner = "arn:aws:iam::999988887777:root" });
        other.EvalDecision.ShouldBe("implicitDeny");
        other.EvalDecisionDetails.ShouldBe(new Dictionary<string, string> { ["IAM Policy"] = "implicitDeny", ["Resource Policy"] = "allowed" }, ignoreOrder: true);
        Of(simulation with { ResourceOwner = "999988887777", PolicyInputList = [Writing] }).EvalDecision.ShouldBe("allowed");
        Of(simulation with { CallerArn = BobArn }).EvalDecision.ShouldBe("implicitDeny"); // as if Bob had Alice's policies
        Of(new SimulatePrincipalPolicy(AdminsArn, ["s3:PutObject"], ResourcePolicy: trusts, CallerArn: AliceArn)).EvalDecision.ShouldBe("allowed");
    }

    [Fact]
    public void R88_an_account_in_the_resource_s_ARN_owns_it_whatever_owner_is_given()
    {
        const string trusts = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/alice"},"Action":"sqs:SendMessage","Resource":"*"}}""";
        var simulation = new SimulatePrincipalPolicy(AliceArn, ["sqs:SendMessage"], ResourceArns: ["arn:aws:sqs:eu-west-1:999988887777:q"], ResourcePolicy: trusts);
        Of(simulation).EvalDecision.ShouldBe("implicitDeny");
        Of(simulation with { ResourceOwner = "111122223333" }).EvalDecision.ShouldBe("implicitDeny");
        Of(simulation with { ResourceArns = ["arn:aws:sqs:eu-west-1:111122223333:q"], ResourceOwner = "999988887777" }).EvalDecision.ShouldBe("allowed");
        Of(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], ResourceArns: ["arn:aws:iam::aws:policy/x"])).EvalDecision.ShouldBe("allowed"); // by identity alone
    }

    [Fact] public void What_the_account_grants_all_its_users_is_attached_to_nobody()
    {
        Given(new AccountPasswordPolicyUpdated(6, false, false, false, false, true, 0, 0, false));
        When(new GetContextKeysForPrincipalPolicy(BobArn)).ThenAnswers("""{"ContextKeyNames":[]}""");
        Of(new SimulatePrincipalPolicy(BobArn, ["iam:GetAccountPasswordPolicy"])).EvalDecision.ShouldBe("implicitDeny");
    }

    [Fact]
    public void A_page_tells_of_as_much_as_can_be_told()
    {
        // 3,000 statements, each of 60 actions on each of 20 resources: 200,000 at a time.
        PolicyText[] many = [.. Enumerable.Repeat((PolicyText)$$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', Enumerable.Repeat("""{"Effect":"Allow","Action":"*","Resource":"*"}""", 1500))}}]}""", 2)];
        var simulation = new SimulateCustomPolicy(many, [.. Enumerable.Range(0, 60).Select(i => (ActionName)$"s3:A{i}")], ResourceArns: [.. Enumerable.Repeat((ResourceName)Bucket, 20)], MaxItems: 1000);
        var page = Ask(simulation);
        (page.EvaluationResults.Count, page.IsTruncated).ShouldBe((3, true));
        Ask(simulation with { Marker = page.Marker }).EvaluationResults[0].EvalActionName.Value.ShouldBe("s3:A3");
        var error = (simulation with { ResourceArns = [.. Enumerable.Repeat((ResourceName)Bucket, 67)] }).Answer(Directory, CallOf(null)).Refusal.ShouldNotBeNull();
        (error.Code, error.Message).ShouldBe(("InvalidInput", "ResourceArns: 67 resources are too many for policies with 3000 statements and context keys; both together may come to 200000."));
    }

    [Fact]
    public void Pages_hold_whole_actions_and_go_on_where_the_one_before_ended()
    {
        var simulation = new SimulateCustomPolicy([Reading], ["s3:GetObject", "s3:A", "s3:B", "s3:GetObject", "s3:C"], ResourceArns: [Bucket, "arn:aws:s3:::x"], MaxItems: 5);
        List<string> pages = [];
        for (SimulateCustomPolicy? next = simulation; next is not null;)
        {
            var page = Ask(next);
            page.IsTruncated.ShouldBe(page.Marker is not null);
            pages.Add(string.Join(' ', page.EvaluationResults.Select(one => $"{one.EvalActionName}:{one.EvalDecision}")));
            next = page.Marker is { } marker ? next with { Marker = marker } : null;
        }
        pages.ShouldBe(["s3:GetObject:allowed s3:A:implicitDeny", "s3:B:implicitDeny s3:GetObject:allowed", "s3:C:implicitDeny"]);
        Ask(simulation with { MaxItems = 1 }).EvaluationResults.Count.ShouldBe(1); // with both its resources
    }

    public static TheoryData<string, SimulateCustomPolicy> Wrong => new()
    {
        { "ValidationError Value at 'ActionNames'", new([Reading], []) },
        { "ValidationError Value at 'PolicyInputList'", new([], ["s3:GetObject"]) },
        { "ValidationError Value at 'Marker'", new([Reading], ["s3:GetObject"], Marker: Marker.Of(1, "1")) },
        { "ValidationError Value at 'Marker'", new([Reading], ["s3:GetObject"], Marker: Marker.Of(1, "alice")) },
        { "InvalidInput PolicyInputList.2: Syntax errors in policy.", new([Reading, "no policy"], ["s3:GetObject"]) },
        { "InvalidInput PermissionsBoundaryPolicyInputList: there is one", new([Reading], ["s3:GetObject"], [Reading, Reading]) },
        { "InvalidInput PermissionsBoundaryPolicyInputList.1: ", new([Reading], ["s3:GetObject"], ["[]"]) },
        { "InvalidInput OrderedOrganizationPolicyInputList: a level", new([Reading], ["s3:GetObject"], OrderedOrganizationPolicyInputList: [new([])]) },
        { "InvalidInput OrderedOrganizationPolicyInputList.2: ", new([Reading], ["s3:GetObject"], OrderedOrganizationPolicyInputList: [new([Reading]), new(["{}"])]) },
        { "InvalidInput ResourcePolicy.1: ", new([Reading], ["s3:GetObject"], ResourcePolicy: Reading, CallerArn: BobArn) }, // names nobody
        { "InvalidInput CallerArn is needed", new([Reading], ["s3:GetObject"], ResourcePolicy: """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}""") },
        { "InvalidInput CallerArn: arn:aws:iam::111122223333:group/eng/admins is not", new([Reading], ["s3:GetObject"], CallerArn: AdminsArn) },
        { "InvalidInput CallerArn: arn:aws:iam::111122223333:role/x1 is not", new([Reading], ["s3:GetObject"], CallerArn: "arn:aws:iam::111122223333:role/x1") },
        { "InvalidInput CallerArn is needed where a ResourceOwner is given", new([Reading], ["s3:GetObject"], ResourceOwner: "999988887777") },
        { "InvalidInput PolicyInputList: 101 policies are too many; there may be 100.", new([.. Enumerable.Repeat((PolicyText)Reading, 60)], ["s3:GetObject"], OrderedOrganizationPolicyInputList: [new([.. Enumerable.Repeat((PolicyText)Reading, 41)])]) },
        { "InvalidInput ResourceOwner: ", new([Reading], ["s3:GetObject"], ResourceOwner: "arn:aws:iam::1111:root") },
        { "InvalidInput ContextEntries: aws:SourceIp: ", new([Reading], ["s3:GetObject"], ContextEntries: [new("aws:SourceIp", ["here"], "ip")]) },
        { "InvalidInput ContextEntries: AWS:SourceIp is given twice.", new([Reading], ["s3:GetObject"], ContextEntries: [new("aws:SourceIp", ["10.0.0.1"]), new("AWS:SourceIp", ["10.0.0.1"])]) },
        { "InvalidInput ResourceHandlingOption: EC2-Classic is no scenario.", new([Reading], ["ec2:RunInstances"], ResourceHandlingOption: "EC2-Classic") },
        { "InvalidInput ResourceArns: EC2-VPC-EBS needs an ARN of EC2's volume.", new([Reading], ["ec2:RunInstances"], ResourceArns: [Ec2("instance"), Ec2("image"), Ec2("security-group"), Ec2("network-interface")], ResourceHandlingOption: "EC2-VPC-EBS") },
        { "InvalidInput ResourceArns: EC2-VPC-InstanceStore needs an ARN of EC2's instance.", new([Reading], ["ec2:RunInstances"], ResourceHandlingOption: "EC2-VPC-InstanceStore") },
    };

    static ResourceName Ec2(string kind) => $"arn:aws:ec2:eu-west-1:111122223333:{kind}/i-1";

    [Theory, MemberData(nameof(Wrong))]
    public void What_can_not_be_simulated_is_refused_by_name(string refusal, SimulateCustomPolicy simulation)
    {
        var error = simulation.Answer(Directory, CallOf(null)).Refusal.ShouldNotBeNull();
        $"{error.Code} {error.Message.Replace("1 validation error detected: ", "", StringComparison.Ordinal)}".ShouldStartWith(refusal);
    }

    [Theory, InlineData(1000, null), InlineData(1001, "Value at 'ResourceArns' failed to satisfy constraint: Member must have length less than or equal to 1000")]
    public void There_are_a_thousand_resources_at_most(int count, string? refusal)
    {
        foreach (IOperation simulation in (IOperation[])[new SimulateCustomPolicy([Reading], ["s3:GetObject"], ResourceArns: [.. Enumerable.Repeat((ResourceName)Bucket, count)]), new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], ResourceArns: [.. Enumerable.Repeat((ResourceName)Bucket, count)])])
            (Operation.Of(simulation).Read(System.Text.Json.JsonSerializer.SerializeToElement(simulation, simulation.GetType(), Json.Options)).Refusal?.Message).ShouldBe(refusal is null ? null : $"1 validation error detected: {refusal}");
    }

    [Fact] public void A_scenario_of_EC2_with_all_its_resources_is_simulated() => Of(new SimulatePrincipalPolicy(AliceArn, ["ec2:RunInstances"], [Everything], ResourceHandlingOption: "EC2-VPC-EBS-Subnet",
        ResourceArns: [.. ((string[])["instance", "image", "security-group", "network-interface", "subnet", "volume"]).Select(Ec2)])).EvalDecision.ShouldBe("allowed");

    [Theory, InlineData("arn:aws:iam::111122223333:user/ghost"), InlineData("arn:aws:iam::111122223333:role/admin"), InlineData("arn:aws:iam::111122223333:policy/std/Read")]
    public void A_source_is_a_user_or_a_group(string source)
    {
        When(new SimulatePrincipalPolicy(source, ["s3:GetObject"])).ThenRefused("NoSuchEntity", $"ARN {source} is not found: it is no user and no group.");
        When(new GetContextKeysForPrincipalPolicy(source)).ThenRefused("NoSuchEntity");
    }

    [Fact] public void An_exclusion_says_one_thing() => When(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], PolicyExclusionList: [new("inline", ReadArn)])).ThenRefused("InvalidInput", "PolicyExclusionList: each says one of PolicyType, PolicyArn and InlinePolicyIdentifier.");
    [Fact] public void An_exclusion_that_says_nothing_is_refused() => When(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], PolicyExclusionList: [new()])).ThenRefused("InvalidInput");
    [Fact] public void Resource_control_policies_can_not_be_excluded() => When(new SimulatePrincipalPolicy(AliceArn, ["s3:GetObject"], PolicyExclusionList: [new("rcp")])).ThenRefused("InvalidInput", "PolicyExclusionList: resource control policies take no part in a simulation.");
    [Fact] public void Malformed_further_policies_are_refused() => When(new GetContextKeysForPrincipalPolicy(AliceArn, [NoPolicy])).ThenRefused("InvalidInput");

    EvaluationResult Of(SimulatePrincipalPolicy simulation) => Ask(simulation).EvaluationResults.ShouldHaveSingleItem();
}
