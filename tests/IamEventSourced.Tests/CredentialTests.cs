using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class CreateAccessKeyTests : Specification
{
    static readonly AccessKeyId First = AccessKeyId.Of(Account, 1);

    [Fact] public void A_user_gets_a_key() => Given(Alice).When(new CreateAccessKey("ALICE")).Then(new AccessKeyCreated(First, AliceId, Print))
        .ThenAnswers($$$"""{"AccessKey":{"UserName":"alice","AccessKeyId":"{{{First}}}","Status":"Active","SecretAccessKey":"secret","CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Root_gets_a_key() => When(new CreateAccessKey()).Then(new AccessKeyCreated(First, null, Print))
        .ThenAnswers($$$"""{"AccessKey":{"AccessKeyId":"{{{First}}}","Status":"Active","SecretAccessKey":"secret","CreateDate":"2030-01-01T13:00:00.000000Z"}}""");
    [Fact] public void Without_a_name_it_is_the_callers() => Given(Alice, AliceKeyCreated, new UserPolicyPut(AliceId, "all", Everything)).When(new CreateAccessKey(), AsAlice).Then(new AccessKeyCreated(First, AliceId, Print));
    [Fact] public void An_id_that_is_in_use_is_passed_over() => Given(Alice, new AccessKeyCreated(First, AliceId, Print)).When(new CreateAccessKey("alice")).Then(new AccessKeyCreated(AccessKeyId.Of(Account, 2), AliceId, Print));
    [Fact] public void The_user_must_exist() => When(new CreateAccessKey("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void A_user_has_two_keys_at_most() => Given(Alice, AliceKeyCreated, new AccessKeyCreated("AKIAALICEALICEALICEB", AliceId, Print)).When(new CreateAccessKey("alice")).ThenRefused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2");
    [Fact] public void Root_has_two_keys_at_most() => Given(new AccessKeyCreated("AKIAROOTROOTROOTROO2", null, Print)).When(new CreateAccessKey()).ThenRefused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2");
    [Fact] public void The_secret_is_kept_beside_the_event_and_not_in_it()
    {
        Given(Alice);
        var outcome = new CreateAccessKey("alice").Decide(Directory, CallOf(null));
        (outcome.Secrets.Single().Id, outcome.Secrets.Single().Value.Reveal()).ShouldBe((SecretKind.AccessKey.Of(First), "secret"));
        outcome.Events.Single().ToString().ShouldNotContain("secret");
    }
}

public class DeleteAccessKeyTests : Specification
{
    [Fact] public void A_users_key_is_deleted() => Given(Alice, AliceKeyCreated).When(new DeleteAccessKey(AliceKey, "ALICE")).Then(new AccessKeyDeleted(AliceKey, AliceId));
    [Fact] public void Roots_key_is_deleted() => When(new DeleteAccessKey(RootKey)).Then(new AccessKeyDeleted(RootKey, null));
    [Fact] public void The_user_must_exist() => When(new DeleteAccessKey(AliceKey, "alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_key_must_be_that_users() => Given(Alice, Bob, AliceKeyCreated).When(new DeleteAccessKey(AliceKey, "bob")).ThenRefused("NoSuchEntity", "The Access Key with id AKIAALICEALICEALICEA cannot be found.");
    [Fact] public void A_users_key_is_none_of_roots() => Given(Alice, AliceKeyCreated).When(new DeleteAccessKey(AliceKey)).ThenRefused("NoSuchEntity");
    [Fact] public void Who_signs_with_it_is_refused_from_then_on() => Given(Alice, AliceKeyCreated, new AccessKeyDeleted(AliceKey, AliceId)).When(new GetCallerIdentity(), AsAlice).ThenRefused("InvalidClientTokenId");
    [Fact] public void So_is_root() => Given(new AccessKeyDeleted(RootKey, null)).When(new GetCallerIdentity()).ThenRefused("InvalidClientTokenId");
}

public class UpdateAccessKeyTests : Specification
{
    static readonly AccessKeyStatusSet AliceKeyOff = new(AliceKey, AliceId, "Inactive"), AliceKeyOn = new(AliceKey, AliceId, "Active");

    [Fact] public void A_users_key_is_made_inactive() => Given(Alice, AliceKeyCreated).When(new UpdateAccessKey(AliceKey, "Inactive", "ALICE")).Then(AliceKeyOff);
    [Fact] public void And_active_again() => Given(Alice, AliceKeyCreated, AliceKeyOff).When(new UpdateAccessKey(AliceKey, "Active", "alice")).Then(AliceKeyOn);
    [Fact] public void The_status_that_it_has_is_no_change() => Given(Alice, AliceKeyCreated).When(new UpdateAccessKey(AliceKey, "Active", "alice")).Then();
    [Fact] public void Without_a_name_it_is_the_callers() => Given(Alice, AliceKeyCreated, new UserPolicyPut(AliceId, "all", Everything)).When(new UpdateAccessKey(AliceKey, "Inactive"), AsAlice).Then(AliceKeyOff);
    [Fact] public void Root_may_make_its_own_last_key_inactive() => When(new UpdateAccessKey(RootKey, "Inactive")).Then(new AccessKeyStatusSet(RootKey, null, "Inactive"));
    [Fact] public void The_user_must_exist() => When(new UpdateAccessKey(AliceKey, "Inactive", "alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
    [Fact] public void The_key_must_be_that_users() => Given(Alice, Bob, AliceKeyCreated).When(new UpdateAccessKey(AliceKey, "Inactive", "bob")).ThenRefused("NoSuchEntity", "The Access Key with id AKIAALICEALICEALICEA cannot be found.");
    [Fact] public void A_users_key_is_none_of_roots() => Given(Alice, AliceKeyCreated).When(new UpdateAccessKey(AliceKey, "Inactive")).ThenRefused("NoSuchEntity");
    [Fact] public void Who_signs_with_an_inactive_key_is_refused() => Given(Alice, AliceKeyCreated, AliceKeyOff).When(new GetCallerIdentity(), AsAlice).ThenRefused("InvalidClientTokenId");
    [Fact] public void So_is_root() => Given(new AccessKeyStatusSet(RootKey, null, "Inactive")).When(new CreateUser("bob")).ThenRefused("InvalidClientTokenId");
    [Fact] public void Made_active_it_signs_again() => Given(Alice, AliceKeyCreated, AliceKeyOff, AliceKeyOn).When(new GetCallerIdentity(), AsAlice).ThenAnswers("""{"UserId":"AIDAALICE00000000001","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/team/alice"}""");
    [Fact] public void An_inactive_key_counts() => Given(Alice, AliceKeyCreated, AliceKeyOff, new AccessKeyCreated("AKIAALICEALICEALICEB", AliceId, Print)).When(new CreateAccessKey("alice")).ThenRefused("LimitExceeded");
    [Fact] public void It_is_deleted_like_another() => Given(Alice, AliceKeyCreated, AliceKeyOff).When(new DeleteAccessKey(AliceKey, "alice")).Then(new AccessKeyDeleted(AliceKey, AliceId));
}

public class ListAccessKeysTests : Specification
{
    [Fact] public void A_users_keys_are_listed_in_the_order_of_their_ids() => Given(Alice, new AccessKeyCreated("AKIAALICEALICEALICEB", AliceId, Print), AliceKeyCreated, new AccessKeyStatusSet(AliceKey, AliceId, "Inactive")).When(new ListAccessKeys("ALICE")).ThenAnswers("""
        {"AccessKeyMetadata":[{"UserName":"alice","AccessKeyId":"AKIAALICEALICEALICEA","Status":"Inactive","CreateDate":"2030-01-01T12:00:00.000000Z"},
         {"UserName":"alice","AccessKeyId":"AKIAALICEALICEALICEB","Status":"Active","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void A_page_at_a_time() => Given(Alice, new AccessKeyCreated("AKIAALICEALICEALICEB", AliceId, Print), AliceKeyCreated).When(new ListAccessKeys("alice", Marker.Of(6, AliceKey.Value), 1)).ThenAnswers("""
        {"AccessKeyMetadata":[{"UserName":"alice","AccessKeyId":"AKIAALICEALICEALICEB","Status":"Active","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void Without_a_name_they_are_roots_for_root() => When(new ListAccessKeys()).ThenAnswers("""
        {"AccessKeyMetadata":[{"AccessKeyId":"AKIAROOTROOTROOTROOT","Status":"Active","CreateDate":"2030-01-01T12:00:00.000000Z"}],"IsTruncated":false}
        """);
    [Fact] public void A_user_that_is_not_there_is_not_root() => new ListAccessKeys().Answer(Directory, CallOf(AsAlice)).Refusal!.Code.ShouldBe("NoSuchEntity");
    [Fact] public void The_user_must_exist() => When(new ListAccessKeys("alice")).ThenRefused("NoSuchEntity", "The user with name alice cannot be found.");
}

public class GetAccessKeyLastUsedTests : Specification
{
    static readonly CredentialUse Use = new(One, "sts", "eu-central-1");

    [Fact] public void It_tells_whose_the_key_is_when_and_for_what_it_signed() => Given(Alice, AliceKeyCreated).When(new GetAccessKeyLastUsed(AliceKey), Use)
        .ThenAnswers("""{"UserName":"alice","AccessKeyLastUsed":{"LastUsedDate":"2030-01-01T13:00:00.000000Z","ServiceName":"sts","Region":"eu-central-1"}}""");
    [Fact] public void Of_a_key_that_never_signed_it_says_what_AWS_says() => Given(Alice, AliceKeyCreated).When(new GetAccessKeyLastUsed(AliceKey))
        .ThenAnswers("""{"UserName":"alice","AccessKeyLastUsed":{"ServiceName":"N/A","Region":"N/A"}}""");
    [Fact] public void Roots_key_is_no_users() => When(new GetAccessKeyLastUsed(RootKey), Use)
        .ThenAnswers("""{"AccessKeyLastUsed":{"LastUsedDate":"2030-01-01T13:00:00.000000Z","ServiceName":"sts","Region":"eu-central-1"}}""");
    [Fact] public void An_inactive_key_was_used_too() => Given(Alice, AliceKeyCreated, new AccessKeyStatusSet(AliceKey, AliceId, "Inactive")).When(new GetAccessKeyLastUsed(AliceKey), Use)
        .ThenAnswers("""{"UserName":"alice","AccessKeyLastUsed":{"LastUsedDate":"2030-01-01T13:00:00.000000Z","ServiceName":"sts","Region":"eu-central-1"}}""");
    [Fact] public void A_deleted_key_is_not_found() => Given(Alice, AliceKeyCreated, new AccessKeyDeleted(AliceKey, AliceId)).When(new GetAccessKeyLastUsed(AliceKey), Use)
        .ThenRefused("NoSuchEntity", $"The Access Key with id {AliceKey} cannot be found.");
    [Fact] public void Who_may_not_ask_is_not_told_whose_it_is() => Given(Alice, AliceKeyCreated, Bob).When(new GetAccessKeyLastUsed(RootKey), Use, AsAlice)
        .ThenRefused("AccessDenied", "User: arn:aws:iam::111122223333:user/team/alice is not authorized to perform: iam:GetAccessKeyLastUsed on resource: *");
}

public class GetAccessKeyInfoTests : Specification
{
    [Fact] public void It_tells_the_account_of_any_key() => When(new GetAccessKeyInfo("AKIAQNZGKIQY56JQ7WML")).ThenAnswers("""{"Account":"029608264753"}""");
    [Fact] public void What_encodes_no_account_is_no_key() => When(new GetAccessKeyInfo("AKIA7777777777777777")).ThenRefused("ValidationError");
    [Fact] public void It_needs_a_permission() => Given(Alice, AliceKeyCreated).When(new GetAccessKeyInfo("AKIAQNZGKIQY56JQ7WML"), AsAlice).ThenRefused("AccessDenied");
}

public class GetCallerIdentityTests : Specification
{
    [Fact] public void A_user_is_itself_without_any_permission() => Given(Alice, AliceKeyCreated).When(new GetCallerIdentity(), AsAlice)
        .ThenAnswers("""{"UserId":"AIDAALICE00000000001","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/team/alice"}""");
    [Fact] public void Root_is_the_account() => When(new GetCallerIdentity()).ThenAnswers("""{"UserId":"111122223333","Account":"111122223333","Arn":"arn:aws:iam::111122223333:root"}""");
    [Fact] public void Anothers_key_is_not_its_own() => Given(Alice, Bob, AliceKeyCreated).When(new GetCallerIdentity(), new UserCaller(Account, AliceKey, BobId)).ThenRefused("InvalidClientTokenId");
    [Fact] public void A_key_of_another_account_is_refused() => When(new GetCallerIdentity(), new RootCaller("444455556666", RootKey)).ThenRefused("InvalidClientTokenId");
}

public class CreateAccountTests : Specification
{
    static readonly AccessKeyId First = AccessKeyId.Of(Account, 1);

    [Fact] public void The_operator_creates_an_account_with_roots_key() => GivenNothing().When(new CreateAccount("Works"), AsOperator).Then(new AccountCreated("Works"), new AccessKeyCreated(First, null, Print), CatalogueAdopted.Of(Catalogue.BuiltIn))
        .ThenAnswers($$$"""
        {"Account":{"AccountId":"111122223333","AccountName":"Works","RootArn":"arn:aws:iam::111122223333:root","CreateDate":"2030-01-01T13:00:00.000000Z"},
         "AccessKey":{"AccessKeyId":"{{{First}}}","Status":"Active","SecretAccessKey":"secret","CreateDate":"2030-01-01T13:00:00.000000Z"}}
        """);
    [Fact] public void There_is_one_only_once() => When(new CreateAccount(), AsOperator).ThenRefused("EntityAlreadyExists");
    [Fact] public void The_operators_own_number_is_no_account() => GivenNothing(AccountId.Operator).When(new CreateAccount(), AsOperator).ThenRefused("InvalidInput");
    [Fact] public void Root_may_not() => When(new CreateAccount()).ThenRefused("AccessDenied");
    [Fact] public void A_closed_one_is_not_made_again() => Given(new AccountClosed()).When(new CreateAccount(), AsOperator).ThenRefused("EntityAlreadyExists");
    [Fact] public void The_operator_may_nothing_inside_an_account() => When(new CreateUser("alice"), AsOperator).ThenRefused("AccessDenied");
}

public class AccessKeyIdTests
{
    // An id whose account was published by those who found the layout.
    [Fact] public void The_account_is_where_AWS_has_it() => new AccessKeyId("AKIAQNZGKIQY56JQ7WML").Account.ShouldBe(new AccountId("029608264753"));
    [Fact] public void Also_of_temporary_credentials() => new AccessKeyId("AKIAQNZGKIQY56JQ7WML").AsTemporary().Account.ShouldBe(new AccountId("029608264753"));
    [Theory, InlineData(0), InlineData(1), InlineData(29_608_264_753), InlineData(549_755_813_887), InlineData(549_755_813_888), InlineData(999_999_999_999)]
    public void It_gives_its_account_back_at_the_edges(long account)
    {
        AccessKeyId.Of(account.ToString("D12"), 0).Account!.Value.ShouldBe(account.ToString("D12"));
        AccessKeyId.Of(account.ToString("D12"), ulong.MaxValue).Account!.Value.ShouldBe(account.ToString("D12"));
    }

    [Property(Arbitrary = [typeof(AnyAccount)])]
    public void It_gives_its_account_back(AccountId account, ulong random)
    {
        var key = AccessKeyId.Of(account, random);
        key.Value.ShouldMatch("^AKIA[A-Z2-7]{16}$");
        key.Account.ShouldBe(account);
    }

    [Property(Arbitrary = [typeof(AnyAccount)])]
    public void Of_one_account_39_bits_make_it_another(AccountId account, ulong random) =>
        AccessKeyId.Of(account, random).ShouldNotBe(AccessKeyId.Of(account, random ^ (1UL << (int)(random % 39))));

    [Theory, InlineData("AIDAQNZGKIQY56JQ7WML"), InlineData("AKIAQNZGKIQY56JQ7WM1"), InlineData("AKIAQNZGKIQY56JQ7WM"), InlineData("AKIA7777777777777777")]
    public void Another_layout_has_no_account(string id) => new AccessKeyId(id).Account.ShouldBeNull();
}

public static class AnyAccount
{
    public static Arbitrary<AccountId> Account() =>
        (from high in Gen.Choose(0, 999_999) from low in Gen.Choose(0, 999_999) select new AccountId($"{high:D6}{low:D6}")).ToArbitrary();
}
