using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Every operation by every caller at every door: who has just what it needs is let in, and nobody else.</summary>
public class CallerMatrixTests(BusFixture bus) : IClassFixture<BusFixture>
{
    const string Other = "210987654321";
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    ServerFixture Server => bus.Server;
    IIdSource Ids => Server.Node(0).GetRequiredService<IIdSource>();
    Directory Directory => Server.Node(0).GetRequiredService<LiveAccounts>().Live(Server.Account)!.Directory;

    [Fact]
    public async Task Each_door_lets_in_who_has_just_what_is_needed_and_nobody_else()
    {
        foreach (var command in (ICommand[])[new CreateUser("alice"), new CreateGroup("devs"), new CreatePolicy("read", Everything)]) (await Server.Client().Send(command)).Refusal.ShouldBeNull();
        var nobody = await Server.CreateUser("nobody");
        var caller = await Server.CreateUser("caller");
        var id = (await Server.Client().Ask(new GetUser("caller"))).Answer!.User.UserId;
        var strangerRoot = await Server.CreateAccount(Other);
        await Server.Client(strangerRoot, Other).Send(new CreateUser("mighty"));
        await Server.Client(strangerRoot, Other).Send(new PutUserPolicy("mighty", "all", Everything));
        var made = (await Server.Client(strangerRoot, Other).Send(new CreateAccessKey("mighty"))).Answer!.AccessKey;
        Key stranger = new(made.AccessKeyId, made.SecretAccessKey!);
        // What others need is deleted last.
        var operations = CallersTests.All(Server.Account).Except(CallersTests.OfRoot).OrderBy(operation => Operation.Of(operation).Name.StartsWith("Delete", StringComparison.Ordinal)).ToList();

        // On the bus nobody else gets in, whatever the command; all are on their way together.
        foreach (var (key, who) in new[] { (nobody, "nobody"), (strangerRoot, "another's root"), (stranger, "another's user"), (Server.Operator, "the operator") })
            await Task.WhenAll(operations.OfType<ICommand>().Where(command => Operation.Of(command) is { HoldsSecret: false, TakesSecret: false }).Select(async (command, i) =>
                (await bus.Answered(command, $"{who.Replace(' ', '-').Replace("'", "", StringComparison.Ordinal)}-{i}", key)).Refusal?.Code.ShouldBe("AccessDenied", $"{command} on the bus by {who}")));

        // What is root's no policy grants.
        (await Allow([("*", "*")])).ShouldBeNull();
        foreach (var operation in CallersTests.OfRoot)
        {
            (await Server.Post(operation, caller)).Code.ShouldBe("AccessDenied", operation.ToString());
            (await Server.Form(operation, caller)).Code.ShouldBe("AccessDenied", operation.ToString());
            if (operation is ICommand command && !Operation.Of(command).TakesSecret) (await bus.Answered(command, $"roots-{Guid.NewGuid()}", caller)).Refusal!.Code.ShouldBe("AccessDenied", command.ToString());
        }

        foreach (var operation in operations)
        {
            var needs = operation.Requires(Directory, new(new UserCaller(Server.Account, caller.Id, id), "matrix", DateTimeOffset.UtcNow, Ids));
            if (needs.Length is 0) continue;
            var needed = needs.Select(need => (Action: need.Action ?? Operation.Of(operation).Action, need.Resource)).ToList();

            // Near: each of the needs missed by a letter, the others given.
            for (var missed = 0; missed < needed.Count; missed++)
            {
                var (action, resource) = needed[missed];
                foreach (var miss in ((string, string)[])[(action, resource + "x"), (action + "s", resource), (action, resource.Replace(Server.Account.Value, Other, StringComparison.Ordinal))])
                {
                    if (miss == (action, resource)) continue; // names no account
                    if (await Allow([.. needed.Where((_, other) => other != missed), miss]) is "MalformedPolicyDocument") continue; // nothing of IAM's can be called so
                    (await Server.Post(operation, caller)).Code.ShouldBe("AccessDenied", $"{operation} with {miss}");
                    (await Server.Form(operation, caller)).Code.ShouldBe("AccessDenied", $"{operation} as a form with {miss}");
                }
            }
            if (operation is ICommand near && Operation.Of(near) is { HoldsSecret: false, TakesSecret: false }) (await bus.Answered(near, $"near-{Guid.NewGuid()}", caller)).Refusal!.Code.ShouldBe("AccessDenied", $"{operation} on the bus");

            (await Allow([.. needed])).ShouldBeNull();
            (await Server.Post(operation, caller)).Code.ShouldNotBe("AccessDenied", operation.ToString());
            (await Allow([.. NeedsNow(operation)])).ShouldBeNull();
            (await Server.Form(operation, caller)).Code.ShouldNotBe("AccessDenied", $"{operation} as a form");
            if (operation is not ICommand command || Operation.Of(command) is { HoldsSecret: true } or { TakesSecret: true }) continue;
            (await Allow([.. NeedsNow(operation)])).ShouldBeNull();
            (await bus.Answered(command, $"own-{Guid.NewGuid()}", caller)).Refusal?.Code.ShouldNotBe("AccessDenied", $"{operation} on the bus");
        }

        // What is carried out changes what the next one needs: a user that was renamed has another ARN.
        IEnumerable<(string, string)> NeedsNow(IOperation operation) =>
            operation.Requires(Directory, new(new UserCaller(Server.Account, caller.Id, id), "matrix", DateTimeOffset.UtcNow, Ids)).Select(need => (need.Action ?? Operation.Of(operation).Action, need.Resource));

        async Task<string?> Allow((string Action, string Resource)[] allowed) => (await Server.Client().Send(new PutUserPolicy("caller", "just", JsonSerializer.Serialize(new
        {
            Version = "2012-10-17",
            Statement = allowed.Select(allow => new { Effect = "Allow", allow.Action, allow.Resource }),
        })))).Refusal?.Code;
    }
}
