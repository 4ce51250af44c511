using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

/// <summary>What temporary credentials may and may not, and what policies know of them.</summary>
public class SessionTests : Specification
{
    static readonly Session WithCode = new(AliceKey, Noon, One.AddHours(1), MultiFactorAuth: true), Plain = WithCode with { MultiFactorAuth = false };
    static readonly AccessKeyId Temporary = "ASIAALICEALICEALICEA";

    static UserCaller Alices(Session session) => new UserCaller(Account, Temporary, AliceId) { Session = session };

    [Fact] public void A_session_lasts_twelve_hours_or_as_long_as_is_said()
    {
        new GetSessionToken().Open(Directory, CallOf(AsAlice)).Value.ShouldBe(new(AliceKey, One, One.AddHours(12)));
        new GetSessionToken(900).Open(Directory, CallOf(AsAlice)).Value!.Expires.ShouldBe(One.AddMinutes(15));
        new GetSessionToken(129_600).Open(Directory, CallOf(AsAlice)).Value!.Expires.ShouldBe(One.AddHours(36));
    }
    [Fact] public void Roots_lasts_an_hour_at_most()
    {
        new GetSessionToken().Open(Directory, CallOf(AsRoot)).Value!.Expires.ShouldBe(One.AddHours(1));
        new GetSessionToken(129_600).Open(Directory, CallOf(AsRoot)).Value!.Expires.ShouldBe(One.AddHours(1));
        new GetSessionToken(900).Open(Directory, CallOf(AsRoot)).Value!.Expires.ShouldBe(One.AddMinutes(15));
    }
    [Fact] public void It_begins_at_a_whole_second() => new GetSessionToken().Open(Directory, CallOf(AsAlice) with { At = One.AddMilliseconds(999) }).Value!.Issued.ShouldBe(One);

    [Fact] public void Its_holder_is_who_opened_it() => Given(Alice, AliceKeyCreated).When(new GetCallerIdentity(), Alices(Plain))
        .ThenAnswers("""{"UserId":"AIDAALICE00000000001","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/team/alice"}""");
    [Fact] public void With_MFA_its_holder_may_what_who_opened_it_may() =>
        Given(Alice, AliceKeyCreated, Allowed("""{"Bool":{"aws:SecureTransport":"false"}}""")).When(new CreateGroup("devs"), Alices(WithCode)).Then(new GroupCreated("AGPA00000000000000001", "devs", "/"));
    [Fact] public void Without_MFA_it_is_no_credential_for_IAM() => Given(Alice, AliceKeyCreated, Allowed("{}")).When(new CreateGroup("devs"), Alices(Plain)).ThenRefused("InvalidClientTokenId");
    [Fact] public void Nor_for_more_of_STS_than_to_ask_who_one_is() => Given(Alice, AliceKeyCreated, Allowed("{}")).When(new GetAccessKeyInfo(AliceKey), Alices(WithCode))
        .ThenRefused("AccessDenied", "Cannot call GetAccessKeyInfo with session credentials");
    [Fact] public void None_opens_another() => Directory.Refusal(new GetSessionToken(), CallOf(new RootCaller(Account, Temporary) { Session = WithCode with { OpenedWith = RootKey } }))!.Message.ShouldBe("Cannot call GetSessionToken with session credentials");
    [Fact] public void Roots_without_MFA_is_none_for_IAM_either() => When(new ListUsers(), new RootCaller(Account, Temporary) { Session = Plain with { OpenedWith = RootKey } }).ThenRefused("InvalidClientTokenId");
    [Fact] public void Roots_with_MFA_may_everything() => When(new CreateUser("carol"), new RootCaller(Account, Temporary) { Session = WithCode with { OpenedWith = RootKey } }).Then(new UserCreated("AIDA00000000000000001", "carol", "/"));

    [Fact] public void An_inactive_key_ends_what_it_opened() => Given(Alice, AliceKeyCreated, new AccessKeyStatusSet(AliceKey, AliceId, "Inactive")).When(new GetCallerIdentity(), Alices(WithCode)).ThenRefused("InvalidClientTokenId");
    [Fact] public void So_does_a_deleted_one() => Given(Alice, AliceKeyCreated, new AccessKeyDeleted(AliceKey, AliceId)).When(new GetCallerIdentity(), Alices(WithCode)).ThenRefused("InvalidClientTokenId");
    [Fact] public void Anothers_key_opened_nothing_of_ones_own() => Given(Alice, Bob, AliceKeyCreated).When(new GetCallerIdentity(), new UserCaller(Account, Temporary, BobId) { Session = WithCode }).ThenRefused("InvalidClientTokenId");
    [Fact] public void A_closed_account_ends_all() => Given(Alice, AliceKeyCreated, new AccountClosed()).When(new GetCallerIdentity(), Alices(WithCode)).ThenRefused("InvalidClientTokenId");

    // What policies know: AWS's documentation of GetSessionToken and of the global condition keys.
    [Theory]
    [InlineData("""{"Bool":{"aws:MultiFactorAuthPresent":"true"}}""", true, false)]
    [InlineData("""{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}""", true, true)]
    [InlineData("""{"Bool":{"aws:MultiFactorAuthPresent":"false"}}""", false, false)]
    [InlineData("""{"Null":{"aws:MultiFactorAuthPresent":"true"}}""", false, true)]
    [InlineData("""{"NumericEquals":{"aws:MultiFactorAuthAge":"3600"}}""", true, false)]
    [InlineData("""{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}""", false, false)]
    [InlineData("""{"Null":{"aws:MultiFactorAuthAge":"true"}}""", false, true)]
    [InlineData("""{"DateEquals":{"aws:TokenIssueTime":"2030-01-01T12:00:00Z"}}""", true, false)]
    [InlineData("""{"Null":{"aws:TokenIssueTime":"true"}}""", false, true)]
    [InlineData("""{"StringEquals":{"aws:username":"alice","aws:userid":"AIDAALICE00000000001","aws:PrincipalTag/team":"blue"}}""", true, true)]
    [InlineData("""{"DateEquals":{"aws:CurrentTime":"2030-01-01T13:00:00Z"}}""", true, true)]
    public void Policies_tell_a_session_with_MFA_from_a_long_term_key(string condition, bool session, bool longTerm)
    {
        Given(Alice, AliceKeyCreated, new UserTagged(AliceId, "team", "blue"), Allowed(condition));
        (Directory.Refusal(new CreateGroup("devs"), CallOf(Alices(WithCode))) is null, Directory.Refusal(new CreateGroup("devs"), CallOf(AsAlice)) is null).ShouldBe((session, longTerm));
    }

    static UserPolicyPut Allowed(string condition) => new(AliceId, "some", $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}""");
}
