using System.Security.Cryptography;
using System.Text;
using IamEventSourced.Client;
using Npgsql;

namespace IamEventSourced.Server.Tests;

/// <summary>AWS-managed policies at a server: adopted by an event, decided by content, of every moment.</summary>
public class CatalogueTests(PostgresFixture postgres)
{
    static readonly CataloguePolicy Mine = new("Billing", "/works/", "v1", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"billing:View*","Resource":"*"}}""", "Our own service.");
    static readonly CataloguePolicy Changed = Mine with { VersionId = "v2", PolicyDocument = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"billing:*","Resource":"*"}}""" };
    static readonly Arn MineArn = "arn:aws:iam::aws:policy/works/Billing";

    [Fact]
    public async Task A_later_catalogue_decides_from_its_adoption_on_and_earlier_answers_stay()
    {
        await using var server = await ServerFixture.Start(postgres);
        var (root, second) = (server.Client(), await server.StartNode());
        Arn alice = $"arn:aws:iam::{server.Account}:user/alice";
        await server.CreateUser("alice");
        await root.Send(new CreateGroup("devs"));
        await root.Send(new AddUserToGroup("devs", "alice"));
        (await root.Send(new AttachUserPolicy("alice", MineArn))).Refusal!.Code.ShouldBe("NoSuchEntity"); // the account has not adopted it
        (await server.Client(url: second).Send(new AttachGroupPolicy("devs", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))).Refusal.ShouldBeNull();

        var adopted = await server.Client(server.Operator).Send(new AdoptCatalogue([Mine]), "adopt-1");
        (await server.Client(server.Operator).Send(new AdoptCatalogue([Mine]), "adopt-1")).ShouldSatisfyAllConditions(again => again.Revision.ShouldBe(adopted.Revision), again => again.Answer!.Digest.ShouldBe(adopted.Answer!.Digest));
        var attached = await root.Send(new AttachUserPolicy("alice", MineArn));
        var changed = await server.Client(server.Operator, url: second).Send(new AdoptCatalogue([Changed]));
        (await server.Client(server.Operator).Send(new AdoptCatalogue())).Refusal!.ShouldBe(new("DeleteConflict", 409, $"The catalogue lacks {MineArn}, which entities have."));

        foreach (var url in (string[])[server.Url, second])
        {
            (await Decision("billing:ViewBill", ReadAt.Revision(attached.Revision - 1))).ShouldBe("implicitDeny");
            (await Decision("billing:ViewBill", ReadAt.Revision(attached.Revision))).ShouldBe($"allowed v1 since {attached.Revision}");
            (await Decision("billing:Pay", ReadAt.Revision(attached.Revision))).ShouldBe("implicitDeny");
            (await Decision("billing:Pay", ReadAt.Newest)).ShouldBe($"allowed v2 since {changed.Revision}");
            (await Decision("s3:GetObject", ReadAt.Newest)).ShouldBe($"allowed v1 since {adopted.Revision - 1}"); // both adoptions left it as it was
            (await Decision("s3:GetObject", ReadAt.Revision(changed.Revision))).ShouldBe($"allowed v1 since {adopted.Revision - 1}");
            var asked = server.Client(url: url);
            (await asked.Ask(new GetCatalogue(), ReadAt.Revision(adopted.Revision))).Answer!.Digest.ShouldBe(adopted.Answer!.Digest);
            (await asked.Ask(new GetCatalogue(), ReadAt.Revision(adopted.Revision - 1))).Answer!.ShouldSatisfyAllConditions(before => before.IsBuiltIn.ShouldBeTrue(), before => before.SinceRevision.ShouldBe(3));
            (await asked.Ask(new GetPolicyVersion(MineArn, "v1"), ReadAt.Revision(attached.Revision))).Answer!.PolicyVersion.Document.ShouldBe(Mine.PolicyDocument);
            (await asked.Ask(new GetPolicy(MineArn), ReadAt.Newest)).Answer!.Policy.ShouldSatisfyAllConditions(policy => policy.DefaultVersionId.Value.ShouldBe("v2"), policy => policy.AttachmentCount.ShouldBe(1));

            async Task<string> Decision(ActionName action, ReadAt at)
            {
                var answer = (await server.Client(url: url).Ask(new Authorize(action, "*", alice), at)).Answer!;
                return answer.MatchedStatements is [var by] ? $"{answer.Decision} {by.VersionId} since {by.SinceRevision}" : answer.Decision;
            }
        }

        // What is kept is named by what it is; and one row serves all accounts.
        await server.CreateAccount("210987654321");
        (await server.Query("select digest, content from iam.catalogues")).Select(row => ((string)row[0]!, Hash((string)row[1]!))).ShouldBe(
            new[] { Catalogue.BuiltIn.Digest, adopted.Answer!.Digest, changed.Answer!.Digest }.Select(digest => (digest.Value, digest.Value)), ignoreOrder: true);
        (await Comparison.FirstDifference(server.DatabaseOf(), server.Account)).ShouldBeNull();
        (await root.Ask(new GetEntityHistory(MineArn.Value))).Answer!.Events.Select(entry => entry.Type).ShouldBe(["user-policy-attached"]);
    }

    [Fact]
    public async Task What_decides_is_the_content_that_is_kept_and_without_it_nothing_is_decided()
    {
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Client();
        await root.Send(new CreateUser("alice"));
        var revision = (await root.Send(new AttachUserPolicy("alice", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))).Revision;
        Arn alice = $"arn:aws:iam::{server.Account}:user/alice";

        // A catalogue that this process has never seen, as another version of the service may have brought it.
        var foreign = """{"Policies":[{"Path":"/","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"ec2:*\",\"Resource\":\"*\"}}","PolicyName":"AmazonS3ReadOnlyAccess","VersionId":"v7"}]}""";
        var digest = Hash(foreign);
        await server.Query($"update iam.mt_events set data = jsonb_build_object('Digest', '{digest}') where type = 'catalogue-adopted'; update iam.adopted_catalogues set digest = '{digest}'");
        await Refused("is not kept"); // no content
        await server.Query($"alter table iam.catalogues drop constraint catalogues_check; insert into iam.catalogues values ('{digest}', '{foreign.Replace("ec2:*", "*", StringComparison.Ordinal)}')");
        await Refused("is another"); // another content
        await server.Query($"update iam.catalogues set content = 'none' where digest = '{digest}'");
        await Refused("can't be read");

        await server.Query($"update iam.catalogues set content = '{foreign}' where digest = '{digest}'");
        var node = server.Client(url: await server.StartNode());
        (await node.Ask(new Authorize("ec2:RunInstances", "*", alice))).Answer!.ShouldSatisfyAllConditions(answer => answer.Decision.ShouldBe("allowed"), answer => answer.MatchedStatements.Single().VersionId!.Value.ShouldBe("v7"));
        (await node.Ask(new Authorize("s3:GetObject", "*", alice))).Answer!.Decision.ShouldBe("implicitDeny");
        (await node.Ask(new Authorize("ec2:RunInstances", "*", alice), ReadAt.Revision(revision))).Answer!.Decision.ShouldBe("allowed");

        async Task Refused(string why)
        {
            var url = await server.StartNode();
            var reply = await server.Post(new Authorize("s3:GetObject", "*", alice), url: url);
            (reply.Status, reply.Code).ShouldBe((503, "ServiceUnavailable"));
            var said = (await Should.ThrowAsync<BrokenStreamException>(() => Comparison.FirstDifference(server.DatabaseOf(), server.Account))).Message;
            said.ShouldStartWith($"Account {server.Account}: revision 3 names the catalogue {digest}");
            said.ShouldContain(why);
        }
    }

    [Fact]
    public async Task An_operator_extends_it_from_files()
    {
        await using var server = await ServerFixture.Start(postgres);
        var folder = System.IO.Directory.CreateTempSubdirectory("iam-catalogue-").FullName;
        try
        {
            var key = Path.Combine(folder, "operator");
            CredentialsFile.Write(key, "operator", server.Operator.Id, server.Operator.Secret);
            System.IO.Directory.CreateDirectory(Path.Combine(folder, "works"));
            await File.WriteAllTextAsync(Path.Combine(folder, "works", "billing.json"), """{"PolicyName":"Billing","Path":"/works/","VersionId":"v1","Description":"Our own service.","PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"billing:View*","Resource":"*"}}}""");
            string[] settings = [$"--Urls={server.Url}", $"--Iam:OperatorKeyFile={key}"];

            (await Verbs.Run(["adopt", server.Account.Value, folder, .. settings])).ShouldBe(0);
            (await server.Client().Ask(new GetPolicyVersion(MineArn, "v1"))).Answer!.PolicyVersion.Document.ShouldBe(Mine.PolicyDocument);
            (await Verbs.Run(["adopt", server.Account.Value, .. settings])).ShouldBe(0); // without them it is what the service brings
            (await server.Client().Ask(new GetCatalogue())).Answer!.IsBuiltIn.ShouldBeTrue();

            await File.WriteAllTextAsync(Path.Combine(folder, "bad.json"), """{"PolicyName":"Bad"}""");
            (await Verbs.Run(["adopt", server.Account.Value, folder, .. settings])).ShouldBe(1);
            (await Verbs.Run(["adopt", "999999999999", .. settings])).ShouldBe(1); // there is no such account
            (await server.Client().Ask(new GetCatalogue())).Answer!.IsBuiltIn.ShouldBeTrue();
        }
        finally { System.IO.Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task The_database_keeps_no_content_under_anothers_digest()
    {
        await using var server = await ServerFixture.Start(postgres);
        (await Should.ThrowAsync<PostgresException>(() => server.Query($"insert into iam.catalogues values ('{new string('0', 64)}', 'x')"))).SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
        await server.Query($"insert into iam.catalogues values ('{Hash("x")}', 'x')");
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
