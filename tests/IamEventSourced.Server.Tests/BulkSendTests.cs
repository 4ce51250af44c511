using System.Globalization;

namespace IamEventSourced.Server.Tests;

/// <summary>Many commands from a file: each once, however often it is sent.</summary>
public class BulkSendTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_file_that_is_sent_twice_is_carried_out_once_and_stops_at_the_first_refusal_unless_told_otherwise()
    {
        await using var server = await ServerFixture.Start(postgres);
        string file = string.Join('\n', ["""{"CreateGroup":{"GroupName":"readers"}}""", "", .. Enumerable.Range(0, 40).Select(i => Line($$$"""{"CreateUser":{"UserName":"user{{{i}}}"}}""")), "",
            .. Enumerable.Range(0, 40).Select(i => Line($$$"""{"AddUserToGroup":{"GroupName":"readers","UserName":"user{{{i}}}"}}"""))]);

        for (var time = 0; time < 2; time++)
        {
            var sending = new BulkSend(server.Client(), 16, goOn: false, new StringWriter());
            (await sending.Run(new StringReader(file))).ShouldBeNull();
            (sending.Done, sending.Refused).ShouldBe((81, 0));
        }
        (await server.Query($"select count(*) from iam.mt_events where stream_id = '{server.Account}'")).ShouldBe([[84L]]); // three made the account

        // A longer file goes on from the lines it begins with; what is refused is named.
        var more = file + "\n\n" + """{"CreateUser":{"UserName":"user0"}}""" + "\n\n" + """{"CreateUser":{"UserName":"later"}}""";
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var refused = new BulkSend(server.Client(), 16, goOn: false, said);
        (await refused.Run(new StringReader(more))).ShouldBe(85);
        (refused.Done, refused.Refused).ShouldBe((81, 1));
        said.ToString().ShouldContain("line 85: EntityAlreadyExists");
        var goingOn = new BulkSend(server.Client(), 16, goOn: true, said);
        (await goingOn.Run(new StringReader(more), from: 85)).ShouldBeNull();
        (goingOn.Done, goingOn.Refused).ShouldBe((1, 1));
        (await server.Client().Ask(new GetUser("later"))).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"CreateUser":{"UserName":"a b"}}""")]
    [InlineData("""{"CreateUser":{}}""")]
    [InlineData("""{"CreateUser":null}""")]
    [InlineData("""{"GetUser":{}}""")]
    [InlineData("""{"CreateAccessKey":{"UserName":"alice"}}""")]
    [InlineData("""{"UploadServerCertificate":{"ServerCertificateName":"www","CertificateBody":"a","PrivateKey":"b"}}""")]
    [InlineData("no JSON")]
    public async Task A_line_that_is_no_command_is_named_and_not_sent(string line)
    {
        await using var server = await ServerFixture.Start(postgres);
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var sending = new BulkSend(server.Client(), 4, goOn: false, said);
        (await sending.Run(new StringReader(line))).ShouldBe(1);
        said.ToString().ShouldContain("line 1: ");
        sending.Done.ShouldBe(0);
    }

    static string Line(string line) => line;
}
