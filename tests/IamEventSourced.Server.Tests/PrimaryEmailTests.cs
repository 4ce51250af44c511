using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Root's e-mail address: beside the stream, one account's, and a way to sign in.</summary>
public class PrimaryEmailTests(PostgresFixture postgres)
{
    const string Password = "Correct-Horse-7", Other = "210987654321";

    [Fact]
    public async Task Root_alone_is_told_it_and_signs_in_by_it_at_any_node_whatever_its_case()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        (await server.Post(new GetPrimaryEmail())).Code.ShouldBe("NoSuchEntity");
        (await server.Post(new CreateLoginProfile(null, Password))).Code.ShouldBeNull();
        var put = await server.Post(new PutPrimaryEmail("Root.Person@Example.com"));
        (put.Status, put.Body).ShouldBe((204, ""));
        foreach (var url in (string[])[server.Url, other]) (await server.Post(new GetPrimaryEmail(), at: $"at-least={put.Revision}", url: url)).Body.ShouldBe("""{"PrimaryEmail":"Root.Person@Example.com"}""");
        (await server.Form("GetPrimaryEmail")).Body.ShouldContain("<GetPrimaryEmailResult><PrimaryEmail>Root.Person@Example.com</PrimaryEmail></GetPrimaryEmailResult>");
        (await server.Post(new GetPrimaryEmail(), at: $"at={put.Revision}")).Code.ShouldBe("InvalidInput");
        (await server.Post(new GetPrimaryEmail(), server.Operator)).Code.ShouldBe("AccessDenied");

        using var browser = new Browser(server);
        foreach (var (written, url) in new[] { ("root.person@example.com", server.Url), ("ROOT.PERSON@EXAMPLE.COM", other) })
            (await SignIn(written, url)).Json["Arn"]!.GetValue<string>().ShouldBe($"arn:aws:iam::{server.Account}:root");
        (await browser.Ask(new PutPrimaryEmail("second@example.com"))).Code.ShouldBeNull();
        foreach (var url in (string[])[server.Url, other])
        {
            (await SignIn("root.person@example.com", url)).Code.ShouldBe("AuthenticationFailed");
            (await SignIn("Second@example.com", url)).Status.ShouldBe(200);
        }

        // That it was put is told, and nothing of what.
        var history = (await server.Post(new GetEntityHistory(server.Account.Value))).Body;
        history.ShouldContain("account-primary-email-set");
        var tried = (await server.Post(new SimulateCommands([CommandInput.Of(new PutPrimaryEmail("third@example.com"))]))).Body;
        tried.ShouldContain("account-primary-email-set");
        foreach (var told in (string[])[history, tried, (await server.Post(new ExportEvents())).Body, (await server.Post(new ListRefusedAttempts())).Body]) told.ShouldNotContain("example.com", Case.Insensitive);
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();

        Task<WireReply> SignIn(string email, string url) => browser.Post("/sign-in", new { Email = email, Password }, url);
    }

    [Fact]
    public async Task No_two_accounts_have_the_same()
    {
        await using var server = await ServerFixture.Start(postgres);
        var other = await server.StartNode();
        (await server.Post(new PutPrimaryEmail("one@example.com"))).Code.ShouldBeNull();

        // Made with it, an account is not made; asked for again under the same id, with another, it is not either.
        foreach (var url in (string[])[server.Url, other]) (await Create("One@Example.COM", "taken", url)).Code.ShouldBe("EntityAlreadyExists");
        (await server.Post(new GetAccountInformation(), server.Operator, account: Other)).Code.ShouldBe("NoSuchEntity");
        var made = await Create("two@example.com", "made");
        Key root = new(made.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>(), new(made.Json["AccessKey"]!["SecretAccessKey"]!.GetValue<string>()));
        var again = await Create("two@example.com", "made", other);
        (again.Revision, again.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>(), again.Body.Contains("Secret", StringComparison.Ordinal)).ShouldBe((made.Revision, root.Id.Value, false));
        (await Create("three@example.com", "made")).Code.ShouldBe("IdempotentParameterMismatch");
        (await server.Post(new GetPrimaryEmail(), root, account: Other)).Body.ShouldContain("two@example.com");

        // One that is taken is refused and leaves nothing; what waits with it is carried out.
        var before = (await server.Post(new GetCallerIdentity(), root, "newest", Other)).Revision;
        var together = await Task.WhenAll(new ICommand[] { new CreateUser("a"), new PutPrimaryEmail("ONE@example.com"), new CreateUser("b") }.Select(command => server.Post(command, root, account: Other)));
        together.Select(reply => reply.Code).ShouldBe([null, "EntityAlreadyExists", null]);
        (await server.Post(new GetCallerIdentity(), root, "newest", Other)).Revision.ShouldBe(before + 2);
        (await server.Post(new GetPrimaryEmail(), root, account: Other)).Body.ShouldContain("two@example.com");

        // Of two who want one at the same moment one gets it.
        var wanted = await Task.WhenAll(server.Post(new PutPrimaryEmail("four@example.com")), server.Post(new PutPrimaryEmail("Four@example.com"), root, account: Other, url: other));
        wanted.Select(reply => reply.Code).ShouldBe([null, "EntityAlreadyExists"], ignoreOrder: true);

        // What an account has no more another may have; a closed one has none.
        (await server.Post(new PutPrimaryEmail("five@example.com"))).Code.ShouldBeNull();
        (await server.Post(new PutPrimaryEmail("four@example.com"), root, account: Other)).Code.ShouldBeNull();
        (await server.Post(new CloseAccount(), root, account: Other)).Code.ShouldBeNull();
        (await server.Query($"select account from iam.account_emails union all select account from iam.secrets where kind = 'primary-email'")).Select(row => row[0]).ShouldBe([server.Account.Value, server.Account.Value]);
        (await server.Post(new PutPrimaryEmail("four@example.com"))).Code.ShouldBeNull();
        foreach (var account in (AccountId[])[server.Account, Other]) (await Comparison.FirstDifference(server.DatabaseOf(), account)).ShouldBeNull();

        Task<WireReply> Create(string email, string id, string? url = null) => server.Post(new CreateAccount("Works", email), server.Operator, account: Other, url: url, headers: ("Idempotency-Key", id));
    }
}
