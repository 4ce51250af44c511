using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class LastAccessedTests : Specification
{
    const string Mixed = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["S3:Get*","ec2:RunInstances"],"Resource":"*"},{"Effect":"Deny","Action":"sqs:*","Resource":"*"}]}""";
    static readonly Arn AliceArn = "arn:aws:iam::111122223333:user/team/alice", AdminsArn = "arn:aws:iam::111122223333:group/eng/admins";

    public LastAccessedTests() => Given(Alice, AliceKeyCreated, Bob, Admins, AliceJoins, Read, AdminsRead);

    [Theory, InlineData("user/team/alice"), InlineData("group/eng/admins"), InlineData("policy/std/Read")]
    public void A_job_names_a_user_a_group_or_a_policy_and_when_it_was_asked_for(string what)
    {
        var job = Ask(new GenerateServiceLastAccessedDetails(Arn.Of(Account, what), "ACTION_LEVEL")).JobId;
        job.Value.Length.ShouldBe(36);
        var told = Told(job);
        (told.JobStatus, told.JobType, told.JobCreationDate, told.JobCompletionDate).ShouldBe(("COMPLETED", "ACTION_LEVEL", One, One));
        told.ServicesLastAccessed.Select(service => service.ServiceNamespace).ShouldBe(["s3"]);
    }

    [Fact] public void Of_what_is_not_there_none_is_made() => When(new GenerateServiceLastAccessedDetails("arn:aws:iam::111122223333:user/ghost")).ThenRefused("NoSuchEntity", "ARN arn:aws:iam::111122223333:user/ghost is not found.");

    [Theory, InlineData("AIDAGHOST------------S00000000000000"), InlineData("AIDAALICE00000000001-X00000000000000"), InlineData("AIDAALICE00000000001-S-000000000000F"), InlineData("------------------------------------"), InlineData("ABCDALICE00000000001-S00000000000000")]
    public void A_job_that_is_none_is_not_found(string job)
    {
        When(new GetServiceLastAccessedDetails(job)).ThenRefused("NoSuchEntity", $"Job {job} is not found.");
        When(new GetServiceLastAccessedDetailsWithEntities(job, "s3")).ThenRefused("NoSuchEntity");
    }

    [Fact]
    public void Services_that_policies_grant_are_told_whether_or_not_they_were_accessed()
    {
        Given(new UserPolicyPut(AliceId, "mixed", Mixed));
        Told(JobOf(AliceArn)).ServicesLastAccessed.Select(service => (service.ServiceName, service.LastAuthenticated, service.TotalAuthenticatedEntities)).ShouldBe([("ec2", null, 0), ("s3", null, 0)]);
        var s3 = Told(JobOf(AliceArn, "ACTION_LEVEL"), new("s3", null, One, AliceId, 1), new("s3", "PutObject", Noon, AliceId, 1), new("s3", "GetObject", One, AliceId, 1), new("sqs", null, One, AliceId, 1)).ServicesLastAccessed;
        s3.Select(service => service.ServiceNamespace).ShouldBe(["ec2", "s3"]); // what is not granted any more is not told
        (s3[1].LastAuthenticated, s3[1].LastAuthenticatedEntity, s3[1].TotalAuthenticatedEntities).ShouldBe((One, AliceArn, 1));
        s3[1].TrackedActionsLastAccessed.ShouldBe([new("GetObject", AliceArn, One), new("PutObject", AliceArn, Noon)]);
        Told(JobOf(AliceArn), new LastAccess("s3", null, One, AliceId, 1)).ServicesLastAccessed[1].TrackedActionsLastAccessed.ShouldBeNull();
    }

    [Theory, InlineData("""{"Effect":"Allow","Action":"*","Resource":"*"}"""), InlineData("""{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}""")]
    public void Where_every_service_is_granted_those_are_told_that_were_accessed(string statement)
    {
        Given(new UserPolicyPut(AliceId, "all", $$"""{"Version":"2012-10-17","Statement":{{statement}}}"""));
        Told(JobOf(AliceArn), new LastAccess("sqs", null, One, AliceId, 1)).ServicesLastAccessed.Select(service => service.ServiceNamespace).ShouldBe(["s3", "sqs"]);
    }

    [Fact]
    public async Task They_come_in_pages()
    {
        Given(new UserPolicyPut(AliceId, "mixed", Mixed));
        var (first, _) = await new GetServiceLastAccessedDetails(JobOf(AliceArn), 1).Answer(Directory, CallOf(null), new NoHistory());
        (first!.ServicesLastAccessed[0].ServiceName, first.IsTruncated).ShouldBe(("ec2", true));
        var (second, _) = await new GetServiceLastAccessedDetails(JobOf(AliceArn), 1, first.Marker).Answer(Directory, CallOf(null), new NoHistory());
        (second!.ServicesLastAccessed.Single().ServiceName, second.IsTruncated).ShouldBe(("s3", false));
    }

    [Fact]
    public void Those_who_have_access_are_listed_whether_or_not_they_used_it()
    {
        Given(new UserAddedToGroup(AdminsId, BobId));
        When(new GetServiceLastAccessedDetailsWithEntities(JobOf(AdminsArn), "s3")).ThenAnswers("""
            {"JobStatus":"COMPLETED","JobCreationDate":"2030-01-01T13:00:00.000000Z","JobCompletionDate":"2030-01-01T13:00:00.000000Z","EntityDetailsList":[
             {"EntityInfo":{"Arn":"arn:aws:iam::111122223333:user/team/alice","Name":"alice","Type":"USER","Id":"AIDAALICE00000000001","Path":"/team/"}},
             {"EntityInfo":{"Arn":"arn:aws:iam::111122223333:user/Bob","Name":"Bob","Type":"USER","Id":"AIDABOB0000000000001","Path":"/"}}],"IsTruncated":false}
            """);
    }

    [Fact] public void Who_may_not_ask_for_a_report_may_not_read_it() => Given(new UserPolicyPut(AliceId, "get", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetServiceLastAccessedDetails","Resource":"*"}}"""))
        .When(new GetServiceLastAccessedDetails(JobOf(AdminsArn)), by: AsAlice).ThenRefused("AccessDenied", $"User: {AliceArn} is not authorized to perform: iam:GenerateServiceLastAccessedDetails on resource: *");

    [Fact] public void A_marker_that_no_page_gave_is_refused()
    {
        When(new GetServiceLastAccessedDetails(JobOf(AliceArn), Marker: "abc")).ThenRefused("ValidationError");
        When(new GetServiceLastAccessedDetailsWithEntities(JobOf(AliceArn), "s3", Marker: "abc")).ThenRefused("ValidationError");
    }

    [Fact] public void A_made_up_report_of_nobody_is_refused_to_him_as_one_of_somebody() => Given(new UserPolicyPut(AliceId, "get", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetServiceLastAccessedDetails","Resource":"*"}}"""))
        .When(new GetServiceLastAccessedDetails("AIDAGHOST------------S00000000000000"), by: AsAlice).ThenRefused("AccessDenied", $"User: {AliceArn} is not authorized to perform: iam:GenerateServiceLastAccessedDetails on resource: *");

    [Fact]
    public void Policies_that_grant_a_service_are_told_with_what_they_stand_on()
    {
        Given(new UserPolicyPut(AliceId, "mixed", Mixed), new GroupPolicyPut(AdminsId, "own", Writing), new AccountPasswordPolicyUpdated(6, false, false, false, false, true, 0, 0, false));
        When(new ListPoliciesGrantingServiceAccess(AliceArn, ["S3", "ec2", "sqs", "iam"])).ThenAnswers("""
            {"PoliciesGrantingServiceAccess":[
             {"ServiceNamespace":"S3","Policies":[{"PolicyName":"mixed","PolicyType":"INLINE","EntityType":"USER","EntityName":"alice"},{"PolicyName":"own","PolicyType":"INLINE","EntityType":"GROUP","EntityName":"admins"},{"PolicyName":"Read","PolicyType":"MANAGED","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}]},
             {"ServiceNamespace":"ec2","Policies":[{"PolicyName":"mixed","PolicyType":"INLINE","EntityType":"USER","EntityName":"alice"}]},
             {"ServiceNamespace":"sqs","Policies":[]},{"ServiceNamespace":"iam","Policies":[]}],"IsTruncated":false}
            """);
        When(new ListPoliciesGrantingServiceAccess(AdminsArn, ["s3"])).ThenAnswers("""
            {"PoliciesGrantingServiceAccess":[{"ServiceNamespace":"s3","Policies":[{"PolicyName":"own","PolicyType":"INLINE","EntityType":"GROUP","EntityName":"admins"},{"PolicyName":"Read","PolicyType":"MANAGED","PolicyArn":"arn:aws:iam::111122223333:policy/std/Read"}]}],"IsTruncated":false}
            """);
    }

    [Fact] public void A_policy_is_no_identity() => When(new ListPoliciesGrantingServiceAccess(ReadArn, ["s3"])).ThenRefused("NoSuchEntity");
    [Fact] public void Services_have_to_be_named() => When(new ListPoliciesGrantingServiceAccess(AliceArn, [])).ThenRefused("ValidationError");

    JobId JobOf(Arn arn, AccessAdvisorUsageGranularity? granularity = null) => Ask(new GenerateServiceLastAccessedDetails(arn, granularity)).JobId;

    GetServiceLastAccessedDetailsAnswer Told(JobId job, params LastAccess[] accesses)
    {
        var told = new GetServiceLastAccessedDetails(job).Answer(Directory, CallOf(null), new NoHistory(null, accesses));
        told.IsCompletedSuccessfully.ShouldBeTrue();
        return told.GetAwaiter().GetResult().Value!;
    }
}
