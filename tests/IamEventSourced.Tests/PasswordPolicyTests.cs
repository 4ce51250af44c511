using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class PasswordPolicyTests : Specification
{
    static readonly AccountPasswordPolicyUpdated Strict = new(14, true, true, true, true, false, 90, 24, true), Lenient = new(6, false, false, false, false, false, 0, 0, false), Free = Lenient with { AllowUsersToChangePassword = true };

    [Fact] public void A_policy_has_every_field_of_AWSs() => When(new UpdateAccountPasswordPolicy(14, true, true, true, true, false, 90, 24, true)).Then(Strict);
    [Fact] public void What_is_not_given_takes_AWSs_default() => When(new UpdateAccountPasswordPolicy()).Then(Lenient);
    [Fact] public void Also_where_the_policy_before_said_something_else() => Given(Strict).When(new UpdateAccountPasswordPolicy(RequireNumbers: true)).Then(Lenient with { RequireNumbers = true });
    [Fact] public void The_same_policy_again_is_no_change() => Given(Strict).When(new UpdateAccountPasswordPolicy(14, true, true, true, true, null, 90, 24, true)).Then();
    [Fact] public void It_is_deleted() => Given(Strict).When(new DeleteAccountPasswordPolicy()).Then(new AccountPasswordPolicyDeleted());

    [Fact] public void An_account_begins_without_one() => When(new GetAccountPasswordPolicy()).ThenRefused("NoSuchEntity", "The Password Policy with domain name 111122223333 cannot be found.");
    [Fact] public void What_is_not_there_is_not_deleted() => Given(Strict, new AccountPasswordPolicyDeleted()).When(new DeleteAccountPasswordPolicy()).ThenRefused("NoSuchEntity", "The Password Policy with domain name 111122223333 cannot be found.");

    [Fact]
    public void It_is_shown_as_AWS_shows_it() => Given(Strict).When(new GetAccountPasswordPolicy()).ThenAnswers("""
        {"PasswordPolicy":{"MinimumPasswordLength":14,"RequireSymbols":true,"RequireNumbers":true,"RequireUppercaseCharacters":true,"RequireLowercaseCharacters":true,"AllowUsersToChangePassword":false,"ExpirePasswords":true,"MaxPasswordAge":90,"PasswordReusePrevention":24,"HardExpiry":true}}
        """);

    [Fact]
    public void Rules_that_it_does_not_have_are_absent() => Given(Lenient).When(new GetAccountPasswordPolicy()).ThenAnswers("""
        {"PasswordPolicy":{"MinimumPasswordLength":6,"RequireSymbols":false,"RequireNumbers":false,"RequireUppercaseCharacters":false,"RequireLowercaseCharacters":false,"AllowUsersToChangePassword":false,"ExpirePasswords":false,"HardExpiry":false}}
        """);

    [Theory, InlineData("MinimumPasswordLength", 6, 128), InlineData("MaxPasswordAge", 1, 1095), InlineData("PasswordReusePrevention", 1, 24)]
    public void Numbers_are_within_AWSs_limits(string parameter, int least, int most)
    {
        (Problem(least), Problem(most)).ShouldBe((null, null));
        foreach (var beyond in (int[])[least - 1, most + 1]) Problem(beyond).ShouldNotBeNull().ShouldContain($"'{parameter}'");

        string? Problem(int number) => Operation.All[nameof(UpdateAccountPasswordPolicy)].Read(System.Text.Json.JsonElement.Parse($"{{\"{parameter}\":{number}}}")).Refusal?.Message;
    }

    [Fact]
    public void A_user_may_change_its_own_password_and_read_the_policy_where_that_is_allowed_to_all()
    {
        Given(Alice, AliceKeyCreated, Bob);
        (May("iam:ChangePassword", "user/team/alice"), MayRead()).ShouldBe((false, false));
        Given(Free);
        (May("iam:ChangePassword", "user/team/alice"), MayRead()).ShouldBe((true, true));
        foreach (var other in (string[])["user/Bob", "user/alice/Bob", "user/team/ALICE", "user/malice", "group/alice"]) May("iam:ChangePassword", other).ShouldBeFalse(other);
        May("iam:UpdateLoginProfile", "user/team/alice").ShouldBeFalse();
        Given(new AccountPasswordPolicyDeleted());
        (May("iam:ChangePassword", "user/team/alice"), MayRead()).ShouldBe((false, false));
    }

    [Fact]
    public void Another_accounts_user_of_that_name_is_another()
    {
        Given(Alice, AliceKeyCreated, Free);
        Decision(new("iam:ChangePassword", "arn:aws:iam::444455556666:user/alice")).Decision.ShouldBe("implicitDeny");
    }

    [Fact]
    public void What_is_denied_stays_denied()
    {
        Given(Alice, AliceKeyCreated, Free, new UserPolicyPut(AliceId, "no", """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}}"""));
        (May("iam:ChangePassword", "user/team/alice"), MayRead()).ShouldBe((false, true));
    }

    [Fact]
    public void Its_reason_is_the_policy_since_it_was_put()
    {
        Given(Alice, AliceKeyCreated, Free);
        Decision(new("iam:ChangePassword", "arn:aws:iam::111122223333:user/team/alice")).Reason.ShouldBe("root > AccountPasswordPolicy > \"ChangeOwnPassword\", since r 5");
    }

    bool May(string action, string resource) => Decision(new(action, $"arn:aws:iam::111122223333:{resource}")).Decision == "allowed";
    bool MayRead() => Directory.Refusal(new GetAccountPasswordPolicy(), CallOf(AsAlice)) is null;
    AuthorizationResult Decision(Authorize question) => question.Answer(Directory, CallOf(AsAlice)).Value!;
}
