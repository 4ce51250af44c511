using Wolverine;

namespace IamEventSourced.Server.Tests;

public class BusTests(BusFixture bus) : IClassFixture<BusFixture>
{
    [Fact]
    public async Task A_command_by_message_is_carried_out_and_answered()
    {
        var reply = await bus.Answered(new CreateGroup("Answered"), "answered");

        reply.Refusal.ShouldBeNull();
        reply.Answer!.Value.GetProperty("Group").GetProperty("GroupName").GetString().ShouldBe("Answered");
        (await bus.Server.Query("select data ->> 'GroupName' from iam.mt_events where version = " + reply.Revision))
            .ShouldHaveSingleItem()[0].ShouldBe("Answered");
    }

    [Fact]
    public async Task It_answers_to_who_waits()
    {
        var reply = await bus.Invoke(new CreateGroup("Waits"), "waits");

        (reply.CommandId, reply.Refusal).ShouldBe(("waits", null));
    }

    [Fact]
    public async Task A_refusal_is_an_answer()
    {
        (await bus.Answered(new AddUserToGroup("NoSuchGroup", "nobody"), "refused")).Refusal!.Code.ShouldBe("NoSuchEntity");
    }

    [Fact]
    public async Task Nothing_is_sent_where_no_reply_was_asked_for()
    {
        await bus.Send(new CreateGroup("Silent"), "silent", reply: false);
        await bus.Answered(new AddUserToGroup("Silent", "nobody"), "after-silent");

        (await bus.ReplyTo("silent", TimeSpan.FromSeconds(1))).ShouldBeNull();
        (await bus.Server.Client().Ask(new GetGroup("Silent"), Client.ReadAt.Newest)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task The_same_command_a_hundred_times_has_one_effect_and_one_answer()
    {
        for (var i = 0; i < 100; i++) await bus.Send(new CreateGroup("Hundred"), "hundred");

        var replies = new HashSet<(long, string?)>();
        for (var i = 0; i < 100; i++)
        {
            var reply = (await bus.ReplyTo("hundred")).ShouldNotBeNull();
            reply.Refusal.ShouldBeNull();
            replies.Add((reply.Revision, reply.Answer!.Value.GetProperty("Group").GetProperty("GroupId").GetString()));
        }

        replies.ShouldHaveSingleItem();
        (await bus.Server.Query("select 1 from iam.mt_events where data ->> 'GroupName' = 'Hundred'")).ShouldHaveSingleItem();
        (await bus.Server.Query("select 1 from bus.wolverine_dead_letters")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_thousand_times_by_message_and_by_request_at_once_it_is_one_command()
    {
        const int Each = 500;
        var byMessage = Task.WhenAll(Enumerable.Range(0, Each).Select(_ => bus.Send(new CreateGroup("Thousand"), "thousand")));
        var byRequest = Task.WhenAll(Enumerable.Range(0, Each).Select(_ => bus.Server.Client().Send(new CreateGroup("Thousand"), "thousand")));
        await byMessage;
        var answers = (await byRequest).Select(reply => (reply.Refusal, reply.Revision, reply.Answer?.Group.GroupId.Value)).ToHashSet();
        for (var i = 0; i < Each; i++)
        {
            var reply = (await bus.ReplyTo("thousand")).ShouldNotBeNull();
            answers.Add((reply.Refusal, reply.Revision, reply.Answer!.Value.GetProperty("Group").GetProperty("GroupId").GetString()));
        }

        answers.ShouldHaveSingleItem().Refusal.ShouldBeNull();
        (await bus.Server.Query("select 1 from iam.mt_events where data ->> 'GroupName' = 'Thousand'")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_same_id_with_another_body_is_refused()
    {
        await bus.Answered(new CreateGroup("One"), "one");

        (await bus.Answered(new CreateGroup("Two"), "one")).Refusal!.Code.ShouldBe("IdempotentParameterMismatch");
    }

    [Fact]
    public async Task A_wrong_signature_is_refused_and_recorded()
    {
        await bus.Send(new CreateGroup("Forged"), "forged", change: message => message.Headers["iam-signature"] = new string('0', 64));

        (await bus.ReplyTo("forged"))!.Refusal!.Code.ShouldBe("SignatureDoesNotMatch");
        for (var tries = 0; (await bus.Server.Query("select 1 from iam.refused_attempts where command_id = 'forged'")).Count == 0; tries++)
        {
            tries.ShouldBeLessThan(100);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_signature_that_is_refused_before_its_key_is_looked_up_is_recorded_too()
    {
        await bus.Send(new CreateGroup("Expired"), "expired", change: message => message.Headers["iam-date"] = "20200101T000000Z");

        (await bus.ReplyTo("expired"))!.Refusal!.Code.ShouldBe("RequestExpired");
        List<object?[]> recorded = [];
        await Until.True(async () => (recorded = await bus.Server.Query("select code, access_key_id, operation, source_ip from iam.refused_attempts where command_id = 'expired'")).Count > 0, TimeSpan.FromSeconds(30), "it is not recorded");
        recorded.ShouldBe([["RequestExpired", bus.Server.Root.Id.Value, "iam:CreateGroup", null]]);
    }

    [Fact]
    public async Task A_message_that_an_inactive_key_signed_is_refused()
    {
        var key = await bus.Server.CreateUser("switched.off");
        (await bus.Server.Client().Send(new UpdateAccessKey(key.Id, "Inactive", "switched.off"))).Refusal.ShouldBeNull();
        const string body = """{"GroupName":"SwitchedOff"}""";
        await bus.Send("CreateGroup", body, "switched-off", change: message =>
        {
            foreach (var (name, value) in new Client.MessageSigner(key.Id, key.Secret).Headers(bus.Server.Account, "switched-off", "CreateGroup", System.Text.Encoding.UTF8.GetBytes(body))) message.Headers[name] = value;
        });

        (await bus.ReplyTo("switched-off"))!.Refusal!.Code.ShouldBe("InvalidClientTokenId");
    }

    [Fact]
    public async Task A_signature_of_another_operation_is_refused()
    {
        await bus.Send("CreateGroup", """{"GroupName":"Other"}""", "other", change: message => message.MessageType = "DeleteGroup");

        (await bus.ReplyTo("other"))!.Refusal!.Code.ShouldBe("SignatureDoesNotMatch");
    }

    [Theory]
    [InlineData("CreateAccessKey", "{}", "secret")]
    [InlineData("CreateAccount", "{}", "secret")]
    [InlineData("UploadServerCertificate", "{}", "takes a secret")]
    [InlineData("ChangePassword", "{}", "takes a secret")]
    [InlineData("ListUsers", "{}", "over HTTP")]
    [InlineData("LaunchRocket", "{}", "not the name of an operation")]
    [InlineData("Wolverine.Runtime.Agents.StopAgents", "{}", "not the name of an operation")]
    [InlineData("scheduled-envelope", "{}", "not the name of an operation")]
    public async Task What_does_not_go_by_the_bus_is_refused_in_words(string messageType, string body, string word)
    {
        var id = $"no-{messageType}";
        await bus.Send(messageType, body, id);

        var refusal = (await bus.ReplyTo(id))!.Refusal!;
        (refusal.Code, refusal.Status).ShouldBe(("InvalidAction", 400));
        refusal.Message.ShouldContain(word);
    }

    [Theory]
    [InlineData("binary/wolverine", "Wolverine.Runtime.Agents.StopAgents")]
    [InlineData("binary/envelope", "scheduled-envelope")]
    public async Task A_content_type_opens_no_other_door(string contentType, string messageType)
    {
        var id = $"type-{messageType}";
        await bus.Send(messageType, "{}", id, change: message => message.ContentType = contentType);

        (await bus.ReplyTo(id))!.Refusal!.Code.ShouldBe("InvalidAction");
    }

    [Theory]
    [InlineData("{not json", "not the JSON")]
    [InlineData("""{"\ud800":"a"}""", "not well-formed Unicode")]
    [InlineData("""{"GroupName":"a","\ud800":"b"}""", "not well-formed Unicode")]
    [InlineData("""{"GroupName":"a\ud800"}""", "'GroupName'")]
    [InlineData("""{"GroupName":"a\u0000"}""", "U+0000")]
    [InlineData("5", "must be a JSON object")]
    [InlineData("""{"GroupName":5}""", "'GroupName'")]
    [InlineData("""{"GroupName":"a","groupName":"b"}""", "'groupName'")]
    [InlineData("""{"GroupName":"a","GroupName":"b"}""", "'GroupName'")]
    [InlineData("""{"GroupName":"a b"}""", "'GroupName'")]
    public async Task A_body_that_is_no_operation_is_refused_in_words(string body, string word)
    {
        var id = $"body-{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(body))}";
        await bus.Send("CreateGroup", body, id);

        var refusal = (await bus.ReplyTo(id))!.Refusal!;
        refusal.Code.ShouldBe("ValidationError");
        refusal.Message.ShouldContain(word);
        (await bus.Server.Query("select 1 from bus.wolverine_dead_letters")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("postgresql://iam_nowhere")]
    [InlineData("postgresql://iam_commands")]
    [InlineData("postgresql://iam_commands_scheduled")]
    [InlineData("local://anything")]
    public async Task A_reply_goes_only_where_the_server_may_write(string address)
    {
        var id = "address-" + new Uri(address).Host + new Uri(address).Scheme;
        await bus.Send(new CreateGroup(id), id, change: message => message.ReplyUri = new(address));
        await bus.Answered(new AddUserToGroup(id, "nobody"), "after-" + id);

        for (var tries = 0; (await bus.Server.Query($"select 1 from iam.mt_events where data ->> 'GroupName' = '{id}'")).Count == 0; tries++)
        {
            tries.ShouldBeLessThan(100);
            await Task.Delay(50);
        }
        (await bus.Server.Query($"select 1 from bus.wolverine_outgoing_envelopes where destination like '{address}%'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_address_makes_the_server_call_nobody()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"tcp://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}");
        await bus.Send(new CreateGroup("Calls"), "calls", change: message => message.ReplyUri = address);
        await bus.Answered(new AddUserToGroup("Calls", "nobody"), "after-calls");
        await Task.Delay(500);

        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task A_correlation_that_cannot_be_stored_is_left_out()
    {
        await bus.Send(new CreateGroup("Correlated"), "correlated", change: message => message.CorrelationId = "a\0b");

        (await bus.ReplyTo("correlated"))!.Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_lost_node_left_is_carried_out_though_rubbish_lies_before_it()
    {
        await bus.Server.Query("insert into bus.wolverine_incoming_envelopes (id, status, owner_id, body, message_type, received_at) values (gen_random_uuid(), 'Incoming', 0, '\\x00', 'CreateGroup', 'postgresql://iam_commands/')");

        await bus.Leave(new CreateGroup("Left"), "left");

        (await bus.ReplyTo("left", TimeSpan.FromMinutes(1))).ShouldNotBeNull().Refusal.ShouldBeNull();
    }
}
