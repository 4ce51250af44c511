using System.Text.Json;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>For every operation: what exactly its caller has to be allowed. The ARNs that policies see are the stored ones, whatever the caller wrote.</summary>
public class PermissionTests : Specification
{
    const string Arns = "arn:aws:iam::111122223333:";
    const string BobArn = Arns + "user/Bob", AliceArn = Arns + "user/team/alice", AdminsArn = Arns + "group/eng/admins", ReadingArn = Arns + "policy/std/Read", WwwArn = Arns + "server-certificate/cloudfront/www", PhoneArn = Arns + "mfa/team/phone";

    static readonly JobId BobsJob = "AIDABOB0000000000001-S00000000000000";

    /// <summary>A call, and the actions on resources that it needs; none: everybody may.</summary>
    sealed record Sample(IOperation Operation, params (string Action, string Resource)[] Needs);

    static Sample Own(IOperation operation, params string[] resources) => new(operation, [.. resources.Select(resource => ($"iam:{operation.GetType().Name}", resource))]);

    static readonly Sample[] Samples =
    [
        Own(new AddUserToGroup("ADMINS", "BOB"), AdminsArn),
        Own(new AddUserToGroup("ghosts", "BOB"), Arns + "group/ghosts"),
        Own(new AttachGroupPolicy("ADMINS", ReadingArn), AdminsArn),
        Own(new AttachUserPolicy("BOB", ReadingArn), BobArn),
        Own(new Authorize("s3:GetObject")),
        Own(new Authorize("s3:GetObject", null, BobArn), BobArn),
        new(new AuthorizeBatch([new("s3:GetObject"), new("s3:GetObject", null, BobArn)]), ("iam:Authorize", BobArn)),
        Own(new CreateAccessKey("BOB"), BobArn),
        Own(new CreateAccessKey(), AliceArn),
        Own(new CreateAccountAlias("works"), "*"),
        Own(new ChangePassword("old", "new"), AliceArn),
        Own(new CreateLoginProfile("BOB", "new"), BobArn),
        Own(new CreateLoginProfile(null, "new"), AliceArn),
        Own(new DeleteLoginProfile("BOB"), BobArn),
        Own(new DeleteLoginProfile(), AliceArn),
        Own(new GetLoginProfile("BOB"), BobArn),
        Own(new GetLoginProfile(), AliceArn),
        Own(new UpdateLoginProfile("BOB", "new"), BobArn),
        Own(new CreateGroup("Devs", "/new/"), Arns + "group/new/Devs"),
        Own(new CreateGroup("Devs"), Arns + "group/Devs"),
        Own(new CompareAccess(1), "*"),
        Own(new CompareAccess(1, null, BobArn), BobArn),
        Own(new CompareAccess(1, null, AdminsId.Value), AdminsArn),
        Own(new PlanRestoration(BobArn, 1), BobArn),
        Own(new PlanRestoration(ReadId.Value, 1), ReadingArn),
        Own(new CreatePolicy("Write", Writing, "/new/"), Arns + "policy/new/Write"),
        Own(new CreatePolicy("Write", Writing), Arns + "policy/Write"),
        new(new CreatePolicy("Write", Writing, null, null, [new("team", "blue")]), ("iam:CreatePolicy", Arns + "policy/Write"), ("iam:TagPolicy", Arns + "policy/Write")),
        Own(new CreatePolicyVersion(ReadingArn, Writing), ReadingArn),
        Own(new CreatePolicyVersion(ReadingArn, Writing, true), ReadingArn),
        Own(new CreateUser("Carol", "/new/"), Arns + "user/new/Carol"),
        Own(new CreateUser("Carol"), Arns + "user/Carol"),
        Own(new CreateUser("Carol", null, ReadingArn), Arns + "user/Carol"),
        new(new CreateUser("Carol", null, null, [new("team", "blue")]), ("iam:CreateUser", Arns + "user/Carol"), ("iam:TagUser", Arns + "user/Carol")),
        Own(new DeleteAccessKey(AliceKey), AliceArn),
        Own(new DeleteAccessKey(AliceKey, "BOB"), BobArn),
        Own(new DeleteAccountAlias("works"), "*"),
        Own(new DeleteAccountPasswordPolicy(), "*"),
        Own(new DeleteGroup("ADMINS"), AdminsArn),
        Own(new DeleteGroupPolicy("ADMINS", "own"), AdminsArn),
        Own(new CreateVirtualMFADevice("phone", "/team/"), PhoneArn),
        new(new CreateVirtualMFADevice("phone", null, [new("team", "blue")]), ("iam:CreateVirtualMFADevice", Arns + "mfa/phone"), ("iam:TagMFADevice", Arns + "mfa/phone")),
        Own(new DeleteVirtualMFADevice(PhoneArn), PhoneArn),
        Own(new EnableMFADevice("BOB", PhoneArn, "123456", "654321"), BobArn),
        Own(new ResyncMFADevice("BOB", PhoneArn, "123456", "654321"), BobArn),
        Own(new DeactivateMFADevice(PhoneArn, "BOB"), BobArn),
        Own(new DeactivateMFADevice(PhoneArn), AliceArn),
        Own(new GetMFADevice(PhoneArn, "BOB"), BobArn),
        Own(new GetMFADevice(PhoneArn), AliceArn),
        Own(new ListMFADevices("BOB"), BobArn),
        Own(new ListMFADevices(), AliceArn),
        Own(new ListVirtualMFADevices(), "*"),
        Own(new ListMFADeviceTags(PhoneArn), PhoneArn),
        Own(new TagMFADevice(PhoneArn, [new("team", "blue")]), PhoneArn),
        Own(new UntagMFADevice(PhoneArn, ["team"]), PhoneArn),
        Own(new DeletePolicy(ReadingArn), ReadingArn),
        Own(new DeleteServerCertificate("WWW"), WwwArn),
        Own(new DeleteServerCertificate("ghost"), Arns + "server-certificate/ghost"),
        Own(new GetServerCertificate("WWW"), WwwArn),
        Own(new ListServerCertificates(), "*"),
        Own(new ListServerCertificates("/cloudfront/"), "*"),
        Own(new ListServerCertificateTags("WWW"), WwwArn),
        Own(new TagServerCertificate("WWW", [new("team", "blue")]), WwwArn),
        Own(new UntagServerCertificate("WWW", ["team"]), WwwArn),
        Own(new UpdateServerCertificate("WWW", "/new/", "web"), WwwArn, Arns + "server-certificate/new/web"),
        Own(new UpdateServerCertificate("WWW", "/new/"), WwwArn, Arns + "server-certificate/new/www"),
        Own(new UpdateServerCertificate("WWW", null, "web"), WwwArn, Arns + "server-certificate/cloudfront/web"),
        Own(new UpdateServerCertificate("ghost", "/new/"), Arns + "server-certificate/ghost", Arns + "server-certificate/new/ghost"),
        Own(new UploadServerCertificate("web", "a", "b", "/new/"), Arns + "server-certificate/new/web"),
        new(new UploadServerCertificate("web", "a", "b", null, null, [new("team", "blue")]), ("iam:UploadServerCertificate", Arns + "server-certificate/web"), ("iam:TagServerCertificate", Arns + "server-certificate/web")),
        Own(new GetEntityHistory(WwwId.Value), WwwArn),
        Own(new DeleteUser("BOB"), BobArn),
        Own(new DeleteUser("Ghost"), Arns + "user/Ghost"),
        Own(new DeleteUserPolicy("BOB", "own"), BobArn),
        Own(new DeleteUserPermissionsBoundary("BOB"), BobArn),
        Own(new DeleteSSHPublicKey("BOB", AliceSSHKeyId), BobArn),
        Own(new DetachGroupPolicy("ADMINS", ReadingArn), AdminsArn),
        Own(new DetachUserPolicy("BOB", ReadingArn), BobArn),
        new(new GetAccountInformation(), ("account:GetAccountInformation", "*")),
        new(new GetAccessKeyInfo(AliceKey), ("sts:GetAccessKeyInfo", "*")),
        Own(new GetAccessKeyLastUsed(AliceKey), AliceArn),
        Own(new GetAccessKeyLastUsed(RootKey), Arns + "root"),
        Own(new GetAccessKeyLastUsed("AKIAGHOSTGHOSTGHOSTG"), "*"),
        Own(new GetAccountAuthorizationDetails(), "*"),
        Own(new GetAccountPasswordPolicy(), "*"),
        Own(new GetAccountSummary(), "*"),
        Own(new GenerateCredentialReport(), "*"),
        Own(new GenerateServiceLastAccessedDetails(BobArn), BobArn),
        new(new GetServiceLastAccessedDetails(BobsJob), ("iam:GetServiceLastAccessedDetails", "*"), ("iam:GenerateServiceLastAccessedDetails", BobArn)),
        new(new GetServiceLastAccessedDetails("AIDAGHOST------------S00000000000000"), ("iam:GetServiceLastAccessedDetails", "*"), ("iam:GenerateServiceLastAccessedDetails", "*")),
        new(new GetServiceLastAccessedDetailsWithEntities(BobsJob, "s3"), ("iam:GetServiceLastAccessedDetailsWithEntities", "*"), ("iam:GenerateServiceLastAccessedDetails", BobArn)),
        Own(new ListPoliciesGrantingServiceAccess(BobArn, ["s3"]), BobArn),
        Own(new GetCredentialReport(), "*"),
        Own(new ListAlerts(), "*"),
        new(new GetCallerIdentity()),
        new(new GetSessionToken()),
        Own(new GetCatalogue(), "*"),
        Own(new GetEffectivePermissions()),
        Own(new GetEffectivePermissions(BobArn), BobArn),
        Own(new ExplainAuthorization("s3:GetObject"), AliceArn),
        Own(new ExplainAuthorization("s3:GetObject", null, BobArn), BobArn),
        Own(new ListAuthorizationIntervals(BobArn, "s3:Get*"), BobArn),
        Own(new ListAuthorizationIntervals(BobId.Value, "s3:Get*"), BobArn),
        Own(new ListAuthorizationIntervals("AIDAGHOST00000000001", "s3:Get*"), "*"),
        Own(new ListPrincipalsAllowed("s3:GetObject"), "*"),
        Own(new SimulateCustomPolicy([Reading], ["s3:GetObject"]), "*"),
        Own(new SimulatePrincipalPolicy(BobArn, ["s3:GetObject"]), BobArn),
        Own(new GetContextKeysForCustomPolicy([Reading]), "*"),
        Own(new GetContextKeysForPrincipalPolicy(AdminsArn), AdminsArn),
        Own(new GetEntityHistory(BobArn), BobArn),
        Own(new GetEntityHistory(AdminsId.Value), AdminsArn),
        Own(new GetEntityHistory(ReadId.Value), ReadingArn),
        Own(new GetGroup("ADMINS"), AdminsArn),
        Own(new GetGroupPolicy("ADMINS", "own"), AdminsArn),
        Own(new GetPolicy(ReadingArn), ReadingArn),
        Own(new GetPolicyVersion(ReadingArn, "v1"), ReadingArn),
        Own(new GetSSHPublicKey("BOB", AliceSSHKeyId, "SSH"), BobArn),
        Own(new GetUser("BOB"), BobArn),
        Own(new GetUser(), AliceArn),
        Own(new GetUserBySSHPublicKey(EdPrint), "*"),
        Own(new GetUserPolicy("BOB", "own"), BobArn),
        Own(new ListAccessKeys(), AliceArn),
        Own(new ListAccessKeys("BOB"), BobArn),
        Own(new ListAccountAliases(), "*"),
        Own(new ListAccountQuotas(), "*"),
        Own(new ListAttachedGroupPolicies("ADMINS"), AdminsArn),
        Own(new ListAttachedUserPolicies("BOB"), BobArn),
        Own(new ListGroupPolicies("ADMINS"), AdminsArn),
        Own(new ListGroups(), Arns + "group/"),
        Own(new ListGroups("/eng/a"), Arns + "group/eng/a"),
        Own(new ListGroupsForUser("BOB"), BobArn),
        Own(new ListEntitiesForPolicy(ReadingArn), ReadingArn),
        Own(new ListPolicies(), "*"),
        Own(new ListPolicyTags(ReadingArn), ReadingArn),
        Own(new ListSSHPublicKeys(), AliceArn),
        Own(new ListSSHPublicKeys("BOB"), BobArn),
        Own(new ListUserTags("BOB"), BobArn),
        Own(new ListUserPolicies("BOB"), BobArn),
        Own(new ListRefusedAttempts(), "*"),
        Own(new ListDecisions(), "*"),
        Own(new ExportEvents(), "*"),
        Own(new ListAccessChanges(), "*"),
        Own(new GetConsistencyProof(1), "*"),
        Own(new GetInclusionProof(1), "*"),
        Own(new GetTreeHead(), "*"),
        Own(new ListUsers(), Arns + "user/"),
        Own(new ListUsers("/team/"), Arns + "user/team/"),
        Own(new PutGroupPolicy("ADMINS", "own", Reading), AdminsArn),
        Own(new PutUserPolicy("BOB", "own", Reading), BobArn),
        Own(new PutUserPermissionsBoundary("BOB", ReadingArn), BobArn),
        Own(new RemoveUserFromGroup("ADMINS", "BOB"), AdminsArn),
        Own(new SimulateCommands([new("GetUser")]), AliceArn),
        Own(new SimulateCommands([new("GetUser")], BobArn), BobArn),
        new(new SimulateCommands([new("GetUser")], null, [new("s3:GetObject"), new("s3:GetObject", null, BobArn)]), ("iam:SimulateCommands", AliceArn), ("iam:Authorize", BobArn)),
        Own(new SetDefaultPolicyVersion(ReadingArn, "v1"), ReadingArn),
        Own(new DeletePolicyVersion(ReadingArn, "v1"), ReadingArn),
        Own(new ListPolicyVersions(ReadingArn), ReadingArn),
        Own(new UpdateAccessKey(AliceKey, "Inactive"), AliceArn),
        Own(new UpdateAccessKey(AliceKey, "Inactive", "BOB"), BobArn),
        Own(new UpdateAccountPasswordPolicy(8), "*"),
        Own(new TagPolicy(ReadingArn, [new("team", "blue")]), ReadingArn),
        Own(new TagUser("BOB", [new("team", "blue")]), BobArn),
        Own(new UntagPolicy(ReadingArn, ["team"]), ReadingArn),
        Own(new UntagUser("BOB", ["team"]), BobArn),
        Own(new UpdateGroup("ADMINS", "/new/", "Chiefs"), AdminsArn, Arns + "group/new/Chiefs"),
        Own(new UpdateGroup("ADMINS", "/new/"), AdminsArn, Arns + "group/new/admins"),
        Own(new UpdateGroup("ADMINS", null, "Chiefs"), AdminsArn, Arns + "group/eng/Chiefs"),
        Own(new UpdateGroup("ghosts", "/new/"), Arns + "group/ghosts", Arns + "group/new/ghosts"),
        Own(new UpdateSSHPublicKey("BOB", AliceSSHKeyId, "Inactive"), BobArn),
        Own(new UploadSSHPublicKey("BOB", EdKey), BobArn),
        Own(new UpdateUser("BOB", "/new/", "Carol"), BobArn, Arns + "user/new/Carol"),
        Own(new UpdateUser("BOB", "/new/"), BobArn, Arns + "user/new/Bob"),
        Own(new UpdateUser("BOB", null, "Carol"), BobArn, Arns + "user/Carol"),
        Own(new UpdateUser("BOB"), BobArn),
        Own(new UpdateUser("Ghost", "/new/"), Arns + "user/Ghost", Arns + "user/new/Ghost"),
    ];

    /// <summary>Operations that no policy grants.</summary>
    static readonly IOperation[] OfTheOperator = [new AdoptCatalogue(), new CreateAccount(), new SetAccountQuota("UsersPerAccount", 1), new RecoverRoot("lost")];
    static readonly IOperation[] OfRoot = [new PutAccountName("Works"), new PutPrimaryEmail("root@example.com"), new GetPrimaryEmail(), new CloseAccount()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Samples.Length)];

    public PermissionTests() => Given(Alice, AliceKeyCreated, Bob, Admins, Read, Www);

    [Fact]
    public void Every_operation_has_a_sample() =>
        Samples.Select(sample => sample.Operation).Concat(OfTheOperator).Concat(OfRoot).Select(operation => operation.GetType().Name).Distinct().Order().ShouldBe(Operation.All.Keys.Order());

    [Theory, MemberData(nameof(Numbers))]
    public void Just_what_is_needed_is_enough(int number)
    {
        var sample = Samples[number];
        Allowing(sample.Needs).Refusal(sample.Operation, CallOf(AsAlice)).ShouldBeNull(sample.Operation.ToString());
    }

    [Theory, MemberData(nameof(Numbers))]
    public void Without_any_one_of_it_the_caller_may_not(int number)
    {
        var sample = Samples[number];
        foreach (var need in sample.Needs) ShouldBeDenied(sample, sample.Needs.Except([need]));
    }

    [Theory, MemberData(nameof(Numbers))]
    public void What_is_only_near_is_not_enough(int number)
    {
        var sample = Samples[number];
        foreach (var (action, resource) in sample.Needs)
        {
            var others = sample.Needs.Except([(action, resource)]).ToList();
            var name = resource.LastIndexOf('/') + 1;
            string[] near = resource is "*" ? [AliceArn, Arns + "*", "arn:aws:iam::*"] :
            [
                resource[..name] + "other/" + resource[name..],         // another path
                Flip(resource, resource.Length - 1),                    // the name, or the last of the path, in another case
                Flip(resource, resource.LastIndexOf(':') + 1),          // another kind of thing
                resource + "x", resource[..^1],                         // another name
                resource.Replace("111122223333", "444455556666", StringComparison.Ordinal),
                "arn:aws:iam::111122223333:root",
            ];
            foreach (var miss in near.Where(miss => miss != resource)) ShouldBeDenied(sample, [.. others, (action, miss)]);
            foreach (var miss in (string[])[action + "s", action[..^1], "iam:Simulate", (action.StartsWith("sts", StringComparison.Ordinal) ? "iam" : "sts") + action[3..]]) ShouldBeDenied(sample, [.. others, (miss, resource)]);
        }
    }

    [Theory, MemberData(nameof(Numbers))]
    public void Root_may_everything(int number) => Directory.Refusal(Samples[number].Operation, CallOf(AsRoot)).ShouldBeNull();

    [Theory, MemberData(nameof(Numbers))]
    public void Who_has_no_key_may_nothing(int number) =>
        Directory.Refusal(Samples[number].Operation, CallOf(new UserCaller(Account, "AKIAANOTHERANOTHERAN", AliceId)))!.Code.ShouldBe("InvalidClientTokenId");

    [Theory, MemberData(nameof(Numbers))]
    public void What_is_asked_of_the_callers_policies_is_told_and_as_a_question_it_is_answered_the_same(int number)
    {
        var (operation, needs) = (Samples[number].Operation, Samples[number].Needs);
        foreach (var directory in (Directory[])[Allowing(needs), .. needs.Select(need => Allowing([.. needs.Except([need])]))])
        {
            List<PermissionCheck> checks = [];
            var refusal = directory.Refusal(operation, CallOf(AsAlice), checks: checks);
            var asked = checks.Select(check => directory.Explained(check, CallOf(AsAlice))!.Value).ToList();
            asked.Select(one => (one.Request.ActionName.Value, one.Request.ResourceArn!.Value)).ShouldBeSubsetOf(needs);
            if (refusal is null) asked.Select(one => (one.Request.ActionName.Value, one.Request.ResourceArn!.Value)).Distinct().Count().ShouldBe(needs.Distinct().Count());
            else asked.ShouldNotBeEmpty();
            asked.Select(one => one.Result.Decision).ShouldBe(asked.Select((_, i) => refusal is null || i < asked.Count - 1 ? "allowed" : "implicitDeny"));
        }
    }

    [Theory]
    [InlineData("aws:SourceIp", "IpAddress", "192.0.2.0/24", "198.51.100.0/24")]
    [InlineData("aws:UserAgent", "StringEquals", "terraform", "aws-cli")]
    [InlineData("aws:SecureTransport", "Bool", "true", "false")]
    [InlineData("aws:RequestedRegion", "StringEquals", "us-east-1", "eu-north-1")]
    [InlineData("aws:MultiFactorAuthPresent", "Bool", "true", "false")]
    [InlineData("aws:MultiFactorAuthAge", "NumericLessThan", "301", "300")]
    [InlineData("aws:TokenIssueTime", "DateEquals", "2030-01-01T12:55:00Z", "2030-01-01T12:55:01Z")]
    [InlineData("aws:CurrentTime", "DateEquals", "2030-01-01T13:00:00Z", "2030-01-01T13:00:01Z")]
    [InlineData("aws:username", "StringEquals", "alice", "bob")]
    [InlineData("aws:PrincipalTag/team", "StringEquals", "blue", "red")]
    [InlineData("iam:ResourceTag/stage", "StringEquals", "prod", "test")]
    [InlineData("aws:ResourceAccount", "StringEquals", "111122223333", "444455556666")]
    [InlineData("aws:RequestTag/cost", "StringEquals", "7", "8")]
    [InlineData("aws:TagKeys", "ForAllValues:StringEquals", "cost", "price")]
    public void All_that_a_condition_may_look_at_comes_with_the_question(string key, string test, string value, string other)
    {
        Given(new UserTagged(AliceId, "team", "blue"), new UserTagged(BobId, "stage", "prod"));
        var session = AsAlice with { Session = new(AliceKey, One.AddMinutes(-5), One.AddHours(1), MultiFactorAuth: true) };
        var ofSessions = key.StartsWith("aws:MultiFactor", StringComparison.Ordinal) || key is "aws:TokenIssueTime" || key.Contains("Tag", StringComparison.Ordinal);
        foreach (var (given, decision) in ((string, string)[])[(value, "allowed"), (other, "implicitDeny")])
        {
            var directory = Directory.Apply(new UserPolicyPut(AliceId, "some", $$$$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{{{{test}}}}}":{"{{{{{key}}}}}":"{{{{{given}}}}}"}}}}"""), Noon);
            foreach (var (caller, operation) in (IEnumerable<(Caller, IOperation)>)[(session, new TagUser("bob", [new("cost", "7")])), .. ofSessions ? Array.Empty<(Caller, IOperation)>() : [(AsAlice, new GetAccessKeyInfo(AliceKey))]])
            {
                var (call, checks) = (CallOf(caller) with { Origin = new("192.0.2.7", "terraform", SecureTransport: true) }, new List<PermissionCheck>());
                (directory.Refusal(operation, call, checks: checks) is null).ShouldBe(decision is "allowed", $"{key} {given}");
                directory.Explained(checks.Single(), call)!.Value.Result.Decision.ShouldBe(decision, $"{key} {given}");
            }
        }
    }

    [Fact]
    public void A_question_may_suppose_a_time()
    {
        Given(new UserPolicyPut(AliceId, "evening", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T18:00:00Z"}}}}"""));
        Ask(new AuthorizeBatch([new("s3:GetObject", null, AliceArn), new("s3:GetObject", null, AliceArn, At: One.AddHours(6)), new("s3:GetObject", null, AliceArn, [new("aws:SourceIp", ["192.0.2.7"])], One.AddHours(4))]))
            .Results.Select(result => result.Decision).ShouldBe(["implicitDeny", "allowed", "implicitDeny"]);
    }

    [Fact]
    public void What_is_the_operators_no_policy_grants()
    {
        foreach (var operation in OfTheOperator)
        {
            Allowing(("*", "*")).Refusal(operation, CallOf(AsAlice))!.Code.ShouldBe("AccessDenied");
            Directory.Refusal(operation, CallOf(AsRoot))!.Code.ShouldBe("AccessDenied");
        }
    }

    [Fact]
    public void What_is_roots_no_policy_grants()
    {
        foreach (var operation in OfRoot)
        {
            var refusal = Allowing(("*", "*")).Refusal(operation, CallOf(AsAlice));
            (refusal!.Code, refusal.Message).ShouldBe(("AccessDenied", $"User: arn:aws:iam::111122223333:user/team/alice is not authorized to perform: iam:{operation.GetType().Name} on resource: *"));
            Directory.Refusal(operation, CallOf(AsRoot)).ShouldBeNull();
            Directory.Refusal(operation, CallOf(AsOperator))?.Code.ShouldBe(operation is CloseAccount ? null : "AccessDenied");
        }
    }

    [Fact]
    public void Not_even_the_operator_changes_a_closed_account()
    {
        Given(new AccountClosed());
        foreach (var command in OfTheOperator.Append(new CloseAccount()).OfType<ICommand>()) Directory.Decide(command, CallOf(AsOperator)).Events.ShouldBeEmpty(command.ToString());
    }

    [Fact]
    public void A_refusal_comes_before_everything_else() =>
        When(new DeleteUser("ghost"), AsAlice).ThenRefused("AccessDenied", "User: arn:aws:iam::111122223333:user/team/alice is not authorized to perform: iam:DeleteUser on resource: arn:aws:iam::111122223333:user/ghost");

    [Fact] public void The_attached_policy_is_a_condition_key_of_AttachUserPolicy() => DependsOnThePolicy(policy => new AttachUserPolicy("bob", policy));
    [Fact] public void The_attached_policy_is_a_condition_key_of_AttachGroupPolicy() => DependsOnThePolicy(policy => new AttachGroupPolicy("admins", policy));
    [Fact] public void The_attached_policy_is_a_condition_key_of_DetachUserPolicy() => DependsOnThePolicy(policy => new DetachUserPolicy("bob", policy));
    [Fact] public void The_attached_policy_is_a_condition_key_of_DetachGroupPolicy() => DependsOnThePolicy(policy => new DetachGroupPolicy("admins", policy));

    void DependsOnThePolicy(Func<Arn, IOperation> operation)
    {
        Given(new UserPolicyPut(AliceId, "some", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::111122223333:policy/std/Read"}}}}"""));
        Directory.Refusal(operation(ReadingArn), CallOf(AsAlice)).ShouldBeNull();
        Directory.Refusal(operation(Arns + "policy/std/Write"), CallOf(AsAlice))!.Code.ShouldBe("AccessDenied");
    }

    void ShouldBeDenied(Sample sample, IEnumerable<(string Action, string Resource)> allowed)
    {
        var list = allowed.ToArray();
        (Allowing(list).Refusal(sample.Operation, CallOf(AsAlice))?.Code).ShouldBe("AccessDenied", $"{sample.Operation} with {string.Join(", ", list)}");
    }

    Directory Allowing(params (string Action, string Resource)[] allowed) => allowed.Length is 0 ? Directory
        : Directory.Apply(new UserPolicyPut(AliceId, "some", JsonSerializer.Serialize(new
        {
            Version = "2012-10-17",
            Statement = allowed.Select(allow => new { Effect = "Allow", allow.Action, allow.Resource }),
        })), Noon);

    static string Flip(string text, int at) => text[..at] + (char.IsUpper(text[at]) ? char.ToLowerInvariant(text[at]) : char.IsLower(text[at]) ? char.ToUpperInvariant(text[at]) : text[at] is '/' ? '|' : throw new ArgumentException(text, nameof(text))) + text[(at + 1)..];
}
