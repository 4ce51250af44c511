using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>What those leave behind who can't sign, and that it is all they can do.</summary>
public class BadSignaturesTests(PostgresFixture postgres)
{
    const string Emoji = "😀";

    [Fact]
    public async Task An_action_that_would_be_cut_within_a_character_stops_nothing_and_is_recorded()
    {
        await using var server = await ServerFixture.Start(postgres);
        var unknown = new Key(AccessKeyId.Of(server.Account, 77), new("of nobody"));
        var action = new string('a', 127);
        (await Raw.Form(action + Emoji).To(server.Url, unknown)).Code.ShouldBe("InvalidClientTokenId");
        (await Raw.Form("b" + Emoji).To(server.Url, unknown)).Code.ShouldBe("InvalidClientTokenId");
        (await Recorded(server, 2)).ShouldBe([[action, "InvalidClientTokenId", unknown.Id.Value, server.Account.Value, "127.0.0.1"], ["b" + Emoji, "InvalidClientTokenId", unknown.Id.Value, server.Account.Value, "127.0.0.1"]]);

        (await Raw.Form(action + Emoji).To(server.Url, server.Root)).Code.ShouldBe("InvalidAction");
        (await server.Client().Send(new CreateUser("alice"))).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("U+0000")]
    [InlineData("half a character")]
    public async Task A_refused_attempt_that_can_not_be_stored_takes_no_other_along(string text)
    {
        var unstorable = text is "U+0000" ? "a\0b" : "a\ud83d"; // an attribute could not carry the latter
        await using var server = await ServerFixture.Start(postgres);
        var refused = server.Node(0).GetRequiredService<RefusedAttempts>();
        for (var i = 0; i < 50; i++) refused.Record(new(server.Account, null, null, i is 25 ? unstorable : $"iam:{i}", "AccessDenied", "", null, null));
        (await Recorded(server, 49)).Select(row => row[0]).ShouldBe(Enumerable.Range(0, 50).Where(i => i is not 25).Select(i => $"iam:{i}"));

        refused.Record(new(server.Account, null, null, "later", "AccessDenied", "", null, null)); // it goes on
        (await Recorded(server, 50))[^1][0].ShouldBe("later");
    }

    [Fact]
    public async Task Signatures_that_are_refused_before_their_key_is_looked_up_are_recorded_too()
    {
        await using var server = await ServerFixture.Start(postgres);
        var form = Raw.Form("ListUsers");
        (await form.To(server.Url, null)).Code.ShouldBe("MissingAuthenticationToken"); // says to be nobody
        (await (form with { Signed = DateTimeOffset.UtcNow.AddHours(-1) }).To(server.Url, server.Root)).Code.ShouldBe("SignatureDoesNotMatch");
        (await (form with { Service = "s3" }).To(server.Url, server.Root)).Code.ShouldBe("SignatureDoesNotMatch");
        (await (form with { Headers = [("X-Amz-Content-Sha256", new string('0', 64))] }).To(server.Url, server.Root)).Code.ShouldBe("SignatureDoesNotMatch");
        (await (form with { Then = request => request.Headers.TryAddWithoutValidation("If-Match", "\"1\"") }).To(server.Url, server.Root)).Code.ShouldBe("SignatureDoesNotMatch");
        (await (form with { Then = request => Authorize(request, $"AWS4-HMAC-SHA256 Credential={server.Root.Id}/20261124/us-east-1/iam/aws4_request") }).To(server.Url, server.Root)).Code.ShouldBe("IncompleteSignature");
        (await (form with { Then = request => Authorize(request, "Bearer of-bad-news") }).To(server.Url, server.Root)).Code.ShouldBe("IncompleteSignature");
        (await (Raw.Of(server.Account, new ListUsers()) with { Service = "sts" }).To(server.Url, server.Root)).Code.ShouldBe("SignatureDoesNotMatch");
        var presigned = $"/?Action=ListUsers&Version=2010-05-08&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={server.Root.Id}%2F20261124%2Fus-east-1%2Fiam%2Faws4_request";
        (await new Raw(presigned, "text/plain", "").To(server.Url, null)).Code.ShouldBe("IncompleteSignature");

        string[] codes = ["SignatureDoesNotMatch", "SignatureDoesNotMatch", "SignatureDoesNotMatch", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignature", "SignatureDoesNotMatch", "IncompleteSignature"];
        (await Recorded(server, codes.Length)).ShouldBe(codes.Select((code, i) => i is 5
            ? new object?[] { "iam:ListUsers", code, null, "", "127.0.0.1" }
            : ["iam:ListUsers", code, server.Root.Id.Value, server.Account.Value, "127.0.0.1"]));

        static void Authorize(HttpRequestMessage request, string authorization)
        {
            request.Headers.Remove("Authorization");
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }
    }

    /// <summary>The refused attempts, when there are as many; they are written in the background.</summary>
    static async Task<List<object?[]>> Recorded(ServerFixture server, int count)
    {
        List<object?[]> rows = [];
        await Until.True(async () => (rows = await server.Query("select operation, code, access_key_id, account, source_ip from iam.refused_attempts order by id")).Count >= count,
            TimeSpan.FromSeconds(15), "fewer attempts than were refused are recorded");
        return rows;
    }
}
