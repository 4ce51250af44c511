using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class LoginProfileTests : Specification
{
    const string Good = "Correct-Horse-7", Other = "Battery-Staple-9";
    static readonly PasswordId First = "APWD00000000000000001";
    static readonly AccountPasswordPolicyUpdated Policy = new(6, false, false, false, false, false, 0, 0, false);
    static readonly UserPolicyPut AliceMayAll = new(AliceId, "all", Everything);

    public LoginProfileTests() => Given(Alice, AliceKeyCreated, Bob, AliceMayAll);

    [Fact] public void A_user_gets_a_password() => When(new CreateLoginProfile("ALICE", Good)).Then(new LoginProfileCreated(First, AliceId, false));
    [Fact] public void That_it_has_to_change() => When(new CreateLoginProfile("alice", Good, true)).Then(new LoginProfileCreated(First, AliceId, true));
    [Fact] public void Who_is_not_named_gets_one_itself() => When(new CreateLoginProfile(null, Good), AsAlice).Then(new LoginProfileCreated(First, AliceId, false));
    [Fact] public void So_does_root() => When(new CreateLoginProfile(null, Good)).Then(new LoginProfileCreated(First, null, false));
    [Fact] public void Nobody_has_two() => Given(AliceSignsIn).When(new CreateLoginProfile("alice", Good)).ThenRefused("EntityAlreadyExists", "Login Profile for user alice already exists.");
    [Fact] public void Nor_has_root() => Given(RootSignsIn).When(new CreateLoginProfile(null, Good)).ThenRefused("EntityAlreadyExists", "Login Profile for user root already exists.");
    [Fact] public void Only_a_user_has_one() => When(new CreateLoginProfile("ghost", Good)).ThenRefused("NoSuchEntity", "The user with name ghost cannot be found.");
    [Fact] public void It_has_to_be_given() => When(new CreateLoginProfile("alice")).ThenRefused("ValidationError", "1 validation error detected: Value null at 'Password' failed to satisfy constraint: Member must not be null");
    [Fact] public void The_answer_is_AWSs_and_without_the_password() => When(new CreateLoginProfile("alice", Good, true)).ThenAnswers("""{"LoginProfile":{"UserName":"alice","CreateDate":"2030-01-01T13:00:00.000000Z","PasswordResetRequired":true}}""");

    [Fact] public void A_user_gets_another_password() => Given(AliceSignsIn).When(new UpdateLoginProfile("alice", Good)).Then(new PasswordChanged(First, AliceId, AlicePassword, false));
    [Fact] public void That_it_has_to_change_too() => Given(AliceSignsIn).When(new UpdateLoginProfile("alice", Good, true)).Then(new PasswordChanged(First, AliceId, AlicePassword, true));
    [Fact] public void What_it_had_to_it_still_has_to() => Given(AliceSignsIn, new PasswordResetRequiredSet(AlicePassword, AliceId, true)).When(new UpdateLoginProfile("alice", Good)).Then(new PasswordChanged(First, AliceId, AlicePassword, true));
    [Fact] public void That_may_be_set_alone() => Given(AliceSignsIn).When(new UpdateLoginProfile("alice", null, true)).Then(new PasswordResetRequiredSet(AlicePassword, AliceId, true));
    [Fact] public void As_it_is_is_no_change() => Given(AliceSignsIn).When(new UpdateLoginProfile("alice", null, false)).Then();
    [Fact] public void Nothing_is_no_change() => Given(AliceSignsIn).When(new UpdateLoginProfile("alice")).Then();
    [Fact] public void What_is_not_there_is_not_updated() => When(new UpdateLoginProfile("alice", Good)).ThenRefused("NoSuchEntity", "Login Profile for User alice cannot be found.");
    [Fact] public void Of_nobody_even_less() => When(new UpdateLoginProfile("ghost", Good)).ThenRefused("NoSuchEntity", "The user with name ghost cannot be found.");

    [Fact] public void A_user_changes_its_own_password() => Given(AliceSignsIn).When(new ChangePassword(Other, Good), AsAlice).Then(new PasswordChanged(First, AliceId, AlicePassword, false));
    [Fact] public void And_then_need_not_change_it_any_more() => Given(AliceSignsIn, new PasswordResetRequiredSet(AlicePassword, AliceId, true)).When(new ChangePassword(Other, Good), AsAlice).Then(new PasswordChanged(First, AliceId, AlicePassword, false));
    [Fact] public void What_has_to_be_changed_can_t_stay() => Given(AliceSignsIn, new PasswordResetRequiredSet(AlicePassword, AliceId, true)).When(new ChangePassword(Good, Good), AsAlice).ThenRefused("PasswordPolicyViolation", "Password should be another than the one that has to be changed.");

    [Fact]
    public void Nor_what_has_expired()
    {
        Given(Policy with { MaxPasswordAge = 1 }, AliceSignsIn);
        new ChangePassword(Good, Good).Decide(Directory, CallOf(AsAlice) with { At = Noon.AddDays(1) }).Refusal!.Message.ShouldBe("Password should be another than the one that has to be changed.");
    }

    [Fact] public void Root_changes_its_own_too() => Given(RootSignsIn).When(new ChangePassword(Other, Good)).Then(new PasswordChanged(First, null, RootPassword, false));
    [Fact] public void Who_has_none_changes_none() => When(new ChangePassword(Other, Good), AsAlice).ThenRefused("NoSuchEntity", "Login Profile for User alice cannot be found.");
    [Fact] public void The_old_one_has_to_be_right() => Given(AliceSignsIn).GivenPasswords(oldIsRight: false).When(new ChangePassword(Other, Good), AsAlice).ThenRefused("AccessDenied", "The old password is not the one that is in force.");

    [Fact] public void A_login_profile_is_deleted() => Given(AliceSignsIn).When(new DeleteLoginProfile("alice")).Then(new LoginProfileDeleted(AlicePassword, AliceId));
    [Fact] public void Roots_too() => Given(RootSignsIn).When(new DeleteLoginProfile()).Then(new LoginProfileDeleted(RootPassword, null));
    [Fact] public void One_that_is_not_there_is_not() => When(new DeleteLoginProfile("alice")).ThenRefused("NoSuchEntity", "Login Profile for User alice cannot be found.");
    [Fact] public void With_it_a_user_is_not_deleted() => Given(new LoginProfileCreated(AlicePassword, BobId, false)).When(new DeleteUser("bob")).ThenRefused("DeleteConflict", "Cannot delete entity, must delete login profile first.");

    [Fact] public void It_is_shown() => Given(AliceSignsIn, new PasswordResetRequiredSet(AlicePassword, AliceId, true)).When(new GetLoginProfile("ALICE")).ThenAnswers("""{"LoginProfile":{"UserName":"alice","CreateDate":"2030-01-01T12:00:00.000000Z","PasswordResetRequired":true}}""");
    [Fact] public void Roots_is_shown_to_root() => Given(RootSignsIn).When(new GetLoginProfile()).ThenAnswers("""{"LoginProfile":{"CreateDate":"2030-01-01T12:00:00.000000Z","PasswordResetRequired":false}}""");
    [Fact] public void Where_there_is_none_that_is_said() => When(new GetLoginProfile("alice")).ThenRefused("NoSuchEntity", "Login Profile for User alice cannot be found.");

    [Fact]
    public void The_summary_says_whether_root_has_one()
    {
        Ask(new GetAccountSummary()).SummaryMap["AccountPasswordPresent"].ShouldBe(0);
        Given(RootSignsIn);
        Ask(new GetAccountSummary()).SummaryMap["AccountPasswordPresent"].ShouldBe(1);
    }

    [Theory]
    [InlineData("Abcde1!", "Password should have a minimum length of 8")]
    [InlineData("abcdefg1", "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol")]
    [InlineData("Abcdefg;", "Password should meet 1 more of the following requirements: Password should have at least one number, Password should have at least one symbol")]
    [InlineData("éÉéÉéÉa1", "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol")]
    [InlineData("ééééÉÉÉÉ", "Password should meet 3 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one lowercase letter, Password should have at least one number, Password should have at least one symbol")]
    [InlineData("Abcdefg1", null)]
    [InlineData("abcdef1!", null)]
    [InlineData("ABCDEF1'", null)]
    [InlineData("Abcdefg|", null)]
    public void Without_a_policy_of_its_own_an_account_has_AWSs(string password, string? refusal) => Judged(password, refusal);

    [Theory]
    [InlineData("Abcd!1", "Password should have a minimum length of 7")]
    [InlineData("abcde!1", "Password should have at least one uppercase letter")]
    [InlineData("ABCDE!1", "Password should have at least one lowercase letter")]
    [InlineData("Abcdef!", "Password should have at least one number")]
    [InlineData("Abcdef1", "Password should have at least one symbol")]
    [InlineData("Abcde!1", null)]
    public void Its_own_takes_the_place_of_AWSs(string password, string? refusal)
    {
        Given(new AccountPasswordPolicyUpdated(7, true, true, true, true, false, 0, 0, false));
        Judged(password, refusal);
    }

    [Fact]
    public void Each_rule_is_judged_alone()
    {
        Given(Policy);
        Judged("aaaaaa", null);
        When(new CreateLoginProfile(null, "aaaaaa")).ThenRefused("PasswordPolicyViolation", "Password should have a minimum length of 8"); // root's is AWS's default
    }

    [Fact] public void The_accounts_name_is_no_password() => GivenNothing().Given(new AccountCreated("Works No. 1"), RootKeyCreated).When(new CreateLoginProfile(null, "works NO. 1")).ThenRefused("PasswordPolicyViolation", "Password should not be the account's name");

    [Fact] public void What_was_worked_out_is_not_asked_of_what_is_refused_anyway() => new CreateLoginProfile("alice", "short").Work(Directory, CallOf(null)).ShouldBeNull();
    [Fact] public void One_of_the_last_passwords_is_refused() => Given(Policy with { PasswordReusePrevention = 3 }, AliceSignsIn).GivenPasswords(isReused: true).When(new UpdateLoginProfile("alice", Good)).ThenRefused("PasswordPolicyViolation", "Password does not conform to the account password policy.");
    [Fact] public void As_many_are_compared_as_the_policy_says() => (Last(Policy with { PasswordReusePrevention = 24 }), Last(Policy), Last(new AccountPasswordPolicyDeleted())).ShouldBe((24, 0, 0));

    [Fact]
    public void A_decision_takes_only_what_was_worked_out_for_it()
    {
        Given(AliceSignsIn);
        var change = new ChangePassword(Other, Good);
        var worked = CallOf(AsAlice).Prepared(change, Directory);
        change.Decide(Directory, worked).Refusal.ShouldBeNull();
        foreach (var meanwhile in (AccountEvent[])[new PasswordChanged(RootPassword, AliceId, AlicePassword, false), Policy with { PasswordReusePrevention = 1 }])
            change.Decide(Directory.Apply(meanwhile, One), worked).Refusal!.Code.ShouldBe("EntityTemporarilyUnmodifiable");
        new ChangePassword("Another-Old-1", Good).Decide(Directory, worked).Refusal!.Code.ShouldBe("EntityTemporarilyUnmodifiable");
        change.Decide(Directory, CallOf(AsAlice)).Refusal!.Code.ShouldBe("EntityTemporarilyUnmodifiable");
    }

    [Theory, InlineData(0, 400, false), InlineData(30, 29, false), InlineData(30, 30, true), InlineData(30, 31, true)]
    public void A_password_expires_after_the_days_of_the_policy(int days, int after, bool expired)
    {
        Given(Policy with { MaxPasswordAge = days }, AliceSignsIn);
        Directory.Users[AliceId].LoginProfile!.IsExpired(Directory.PasswordPolicy, Noon.AddDays(after)).ShouldBe(expired);
    }

    [Fact]
    public void Who_signed_in_by_a_password_is_heard_as_long_as_it_is_in_force()
    {
        Given(AliceSignsIn, RootSignsIn);
        Caller alice = new UserCaller(Account, "ASIAALICEALICEALICEA", AliceId) { Password = AlicePassword }, root = new RootCaller(Account, "ASIAROOTROOTROOTROOT") { Password = RootPassword };
        (Refusal(alice), Refusal(root)).ShouldBe((null, null));
        (Refusal(alice with { Password = RootPassword }), Refusal(root with { Password = AlicePassword }), Refusal(alice with { Password = null })).ShouldBe(("InvalidClientTokenId", "InvalidClientTokenId", "InvalidClientTokenId"));
        foreach (var end in (AccountEvent[])[new PasswordChanged(First, AliceId, AlicePassword, false), new LoginProfileDeleted(AlicePassword, AliceId), new UserDeleted(AliceId), new AccountClosed()])
            Directory.Apply(end, One).Refusal(new ListUsers(), CallOf(alice))?.Code.ShouldBe("InvalidClientTokenId", end.ToString());
        Directory.Apply(new AccessKeyDeleted(AliceKey, AliceId), One).Refusal(new ListUsers(), CallOf(alice)).ShouldBeNull();
        Directory.Refusal(new GetSessionToken(), CallOf(alice))!.Code.ShouldBe("AccessDenied");

        string? Refusal(Caller caller) => Directory.Refusal(new ListUsers(), CallOf(caller))?.Code;
    }

    [Fact]
    public void Without_a_second_factor_a_policy_that_asks_for_one_denies()
    {
        Given(AliceSignsIn, new UserPolicyPut(AliceId, "mfa", """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}}"""));
        Directory.Refusal(new ListUsers(), CallOf(AsAlice)).ShouldBeNull(); // a long-term key says nothing of it
        Directory.Refusal(new ListUsers(), CallOf(new UserCaller(Account, "ASIAALICEALICEALICEA", AliceId) { Password = AlicePassword }))!.Code.ShouldBe("AccessDenied");
    }

    int Last(AccountEvent policy) => new UpdateLoginProfile("alice", Good).Work(Directory.Apply(AliceSignsIn, Noon).Apply(policy, Noon), CallOf(null))!.Last;

    void Judged(string password, string? refusal)
    {
        var command = new CreateLoginProfile("alice", password);
        var refused = command.Decide(Directory, CallOf(null).Prepared(command, Directory)).Refusal;
        (refused?.Code, refused?.Message).ShouldBe((refusal is null ? null : "PasswordPolicyViolation", refusal));
    }
}
