using System.Text;
using static IamEventSourced.Tests.Cast;

namespace IamEventSourced.Tests;

public class CredentialReportTests : Specification
{
    const string Header = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
        + "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
        + "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,"
        + "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    const string At = "2030-01-01T12:00:00+00:00", NoKey = "false,N/A,N/A,N/A,N/A", NoCertificates = "false,N/A,false,N/A", Key = $"true,{At},N/A,N/A,N/A";
    const string Root = $"<root_account>,arn:aws:iam::111122223333:root,{At},false,N/A,N/A,not_supported,false,{Key},{NoKey},{NoCertificates}";
    static readonly CredentialUse Use = new(One, "sts", "eu-central-1");

    [Fact] public void It_is_there_as_soon_as_it_is_asked_for() => When(new GenerateCredentialReport()).ThenAnswers("""{"State":"COMPLETE"}""");

    [Fact] public void Root_comes_first_and_the_last_line_ends_without_a_line_feed() => Report().ShouldBe($"{Header}\n{Root}");

    [Fact]
    public async Task It_says_what_it_is_and_of_when()
    {
        var (answer, _) = await new GetCredentialReport().Answer(Directory, CallOf(null), new NoHistory());
        (answer!.ReportFormat, answer.GeneratedTime).ShouldBe(("text/csv", One));
    }

    [Fact]
    public void A_user_without_anything_has_no_password_and_no_keys()
    {
        Given(Bob);
        Lines().ShouldBe([Header, Root, $"Bob,arn:aws:iam::111122223333:user/Bob,{At},false,N/A,N/A,N/A,false,{NoKey},{NoKey},{NoCertificates}"]);
    }

    [Fact]
    public void Users_are_in_the_order_of_their_names_without_case()
    {
        Given(Bob, Alice, new UserCreated("AIDACARL000000000001", "carl", IamPath.Root));
        Lines()[2..].Select(line => line.Split(',')[0]).ShouldBe(["alice", "Bob", "carl"]);
    }

    [Fact]
    public void What_a_user_has_is_told_with_its_ages_and_last_uses()
    {
        AccessKeyId other = "AKIAALICEALICEALICEB";
        Given(Alice, AliceKeyCreated, new AccessKeyCreated(other, AliceId, Print), new AccessKeyStatusSet(other, AliceId, "Inactive"), AliceSignsIn, RootSignsIn,
            new AccountPasswordPolicyUpdated(6, false, false, false, false, false, 90, 0, false), new VirtualMFADeviceCreated("AMFA00000000000000001", "phone", IamPath.Root, Print), new MFADeviceEnabled("AMFA00000000000000001", AliceId, 0));
        const string used = "2030-01-01T13:00:00+00:00", keyUsed = $"{used},eu-central-1,sts";
        Lines(Use)[1..].ShouldBe([
            $"<root_account>,arn:aws:iam::111122223333:root,{At},true,{used},{At},not_supported,false,true,{At},{keyUsed},{NoKey},{NoCertificates}",
            $"alice,arn:aws:iam::111122223333:user/team/alice,{At},true,{used},{At},2030-04-01T12:00:00+00:00,true,true,{At},{keyUsed},false,{At},{keyUsed},{NoCertificates}"]);
        Lines()[2].Split(',')[4].ShouldBe("no_information"); // it never signed in
    }

    [Fact]
    public void Without_a_policy_that_ends_passwords_none_has_to_change()
    {
        Given(Alice, AliceSignsIn);
        Lines()[2].Split(',')[5..7].ShouldBe([At, "N/A"]);
    }

    [Fact]
    public void What_has_commas_or_quotes_is_quoted()
    {
        Given(new UserCreated(BobId, "a,b", "/x\"y/"));
        Lines()[2].ShouldStartWith($"\"a,b\",\"arn:aws:iam::111122223333:user/x\"\"y/a,b\",{At},");
    }

    [Fact]
    public void More_keys_than_there_are_columns_for_are_counted_in_a_column_that_is_there_only_then()
    {
        Given(Alice, AliceKeyCreated, Bob, new AccessKeyCreated("AKIAALICEALICEALICEB", AliceId, Print), new AccessKeyCreated("AKIAALICEALICEALICEC", AliceId, Print));
        var lines = Lines();
        lines[0].ShouldBe($"{Header},additional_credentials_info");
        lines[1..].Select(line => line.Split(',')[^1]).ShouldBe(["N/A", "1 more access keys: ListAccessKeys", "N/A"]);
    }

    [Fact] public void It_needs_a_permission() => Given(Alice, AliceKeyCreated).When(new GetCredentialReport(), by: AsAlice).ThenRefused("AccessDenied");

    string[] Lines(CredentialUse? last = null) => Report(last).Split('\n');

    string Report(CredentialUse? last = null) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(new GetCredentialReport().Answer(Directory, CallOf(null), new NoHistory(last)).Result.Value!.Content));
}
