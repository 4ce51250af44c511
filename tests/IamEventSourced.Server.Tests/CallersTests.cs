using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace IamEventSourced.Server.Tests;

/// <summary>Who may do what over the doors, and what is remembered of those who may not.</summary>
public class CallersTests(PostgresFixture postgres)
{
    const string Other = "210987654321";
    const string Everything = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";

    /// <summary>Every operation but the operator's own, with parameters that fit the account with user alice, group devs and policy read.</summary>
    internal static List<IOperation> All(AccountId account)
    {
        Arn policy = Arn.Of(account, "policy/read"), alice = Arn.Of(account, "user/alice");
        List<IOperation> all =
        [
            new CreateUser("new"), new GetUser("alice"), new GetUser(), new ListUsers(), new UpdateUser("alice", "/x/"), new PutUserPermissionsBoundary("alice", policy), new DeleteUserPermissionsBoundary("alice"), new UpdateGroup("devs", "/x/"),
            new TagUser("alice", [new("team", "blue")]), new UntagUser("alice", ["team"]), new ListUserTags("alice"), new TagPolicy(policy, [new("team", "blue")]), new UntagPolicy(policy, ["team"]), new ListPolicyTags(policy), new ListPolicies(), new ListEntitiesForPolicy(policy), new DeleteUser("alice"), new CreateGroup("new"), new GetGroup("devs"), new ListGroups(), new DeleteGroup("devs"),
            new AddUserToGroup("devs", "alice"), new RemoveUserFromGroup("devs", "alice"), new ListGroupsForUser("alice"), new CreatePolicy("new", Everything), new CreatePolicyVersion(policy, Everything), new SetDefaultPolicyVersion(policy, "v1"), new DeletePolicyVersion(policy, "v1"), new ListPolicyVersions(policy),
            new GetPolicy(policy), new GetPolicyVersion(policy, "v1"), new DeletePolicy(policy), new AttachUserPolicy("alice", policy), new DetachUserPolicy("alice", policy), new ListAttachedUserPolicies("alice"),
            new AttachGroupPolicy("devs", policy), new DetachGroupPolicy("devs", policy), new ListAttachedGroupPolicies("devs"), new PutUserPolicy("alice", "p", Everything), new GetUserPolicy("alice", "p"), new DeleteUserPolicy("alice", "p"), new ListUserPolicies("alice"),
            new PutGroupPolicy("devs", "p", Everything), new GetGroupPolicy("devs", "p"), new DeleteGroupPolicy("devs", "p"), new ListGroupPolicies("devs"), new CreateAccessKey("alice"), new CreateAccessKey(), new DeleteAccessKey(AccessKeyId.Of(account, 5), "alice"), new UpdateAccessKey(AccessKeyId.Of(account, 5), "Inactive", "alice"), new ListAccessKeys("alice"), new ListAccessKeys(), new GetAccessKeyLastUsed(AccessKeyId.Of(account, 5)), new GetAccessKeyInfo(AccessKeyId.Of(account, 5)), new GenerateCredentialReport(), new GetCredentialReport(), new ListAlerts(), new GenerateServiceLastAccessedDetails(alice), new GetServiceLastAccessedDetails(Job), new GetServiceLastAccessedDetailsWithEntities(Job, "s3"), new ListPoliciesGrantingServiceAccess(alice, ["s3"]),
            new UploadSSHPublicKey("alice", RandomCommands.SSHKeys[0]), new GetSSHPublicKey("alice", "APKAAAAAAAAAAAAAAAAAA", "SSH"), new ListSSHPublicKeys("alice"), new ListSSHPublicKeys(), new UpdateSSHPublicKey("alice", "APKAAAAAAAAAAAAAAAAAA", "Inactive"), new DeleteSSHPublicKey("alice", "APKAAAAAAAAAAAAAAAAAA"), new GetUserBySSHPublicKey(SSHKey.Of(RandomCommands.SSHKeys[0]).Fingerprint),
            new UploadServerCertificate("www", Certificates.Pem("leaf"), Certificates.Pem("leaf-key")), new GetServerCertificate("www"), new ListServerCertificates(), new UpdateServerCertificate("www", "/x/"), new DeleteServerCertificate("www"),
            new TagServerCertificate("www", [new("team", "blue")]), new UntagServerCertificate("www", ["team"]), new ListServerCertificateTags("www"),
            new CreateLoginProfile("alice", "Correct-Horse-7"), new GetLoginProfile("alice"), new UpdateLoginProfile("alice", "Battery-Staple-9"), new DeleteLoginProfile("alice"), new ChangePassword("Correct-Horse-7", "Battery-Staple-9"),
            new CreateVirtualMFADevice("phone"), new DeleteVirtualMFADevice(Phone(account)), new EnableMFADevice("alice", Phone(account), "123456", "654321"), new ResyncMFADevice("alice", Phone(account), "123456", "654321"), new DeactivateMFADevice(Phone(account), "alice"), new GetMFADevice(Phone(account), "alice"), new ListMFADevices("alice"), new ListMFADevices(), new ListVirtualMFADevices(),
            new TagMFADevice(Phone(account), [new("team", "blue")]), new UntagMFADevice(Phone(account), ["team"]), new ListMFADeviceTags(Phone(account)),
            new GetTreeHead(), new GetInclusionProof(1), new GetConsistencyProof(1), new ExportEvents(),
            new CreateAccountAlias("works"), new DeleteAccountAlias("works"), new ListAccountAliases(), new ListAccountQuotas(), new GetAccountInformation(), new UpdateAccountPasswordPolicy(8), new GetAccountPasswordPolicy(), new DeleteAccountPasswordPolicy(), new GetAccountSummary(), new GetAccountAuthorizationDetails(),
            new GetCallerIdentity(), new GetSessionToken(), new Authorize("s3:GetObject", null, alice), new Authorize("s3:GetObject"), new AuthorizeBatch([new("s3:GetObject", null, alice)]), new GetEffectivePermissions(alice), new ExplainAuthorization("s3:GetObject", null, alice), new ListPrincipalsAllowed("s3:GetObject"), new SimulateCustomPolicy([Everything], ["s3:GetObject"]), new SimulatePrincipalPolicy(alice, ["s3:GetObject"]), new GetContextKeysForCustomPolicy([Everything]), new GetContextKeysForPrincipalPolicy(alice), new ListAuthorizationIntervals(alice.Value, "s3:Get*"), new GetEntityHistory(account.Value), new GetCatalogue(), new ListRefusedAttempts(), new ListDecisions(), .. OfRoot,
            new CompareAccess(1), new ListAccessChanges(), new PlanRestoration(alice.Value, 1), new SimulateCommands([CommandInput.Of(new CreateUser("new"))]),
        ];
        Operation.All.Keys.Except(all.Select(operation => operation.GetType().Name)).ShouldBe(OfTheOperator.Select(operation => operation.GetType().Name), ignoreOrder: true, "an operation is missing in this list");
        return all;
    }

    static SerialNumber Phone(AccountId account) => Arn.Of(account, "mfa/phone").Value;

    static readonly JobId Job = "AIDAGHOST------------S00000000000000";

    internal static readonly IOperation[] OfRoot = [new PutAccountName("Works"), new PutPrimaryEmail("root@example.com"), new GetPrimaryEmail(), new CloseAccount()];
    static readonly IOperation[] OfTheOperator = [new AdoptCatalogue(), new CreateAccount(), new SetAccountQuota("UsersPerAccount", 1), new RecoverRoot("lost")];

    async Task<ServerFixture> Start()
    {
        var server = await ServerFixture.Start(postgres);
        foreach (var command in (ICommand[])[new CreateUser("alice"), new CreateGroup("devs"), new CreatePolicy("read", Everything)]) (await server.Client().Send(command)).Refusal.ShouldBeNull();
        return server;
    }

    [Fact]
    public async Task Another_accounts_root_and_its_mightiest_user_reach_nothing_here()
    {
        await using var server = await Start();
        var strangerRoot = await server.CreateAccount(Other);
        var there = server.Client(strangerRoot, Other);
        await there.Send(new CreateUser("alice"));
        await there.Send(new PutUserPolicy("alice", "all", Everything));
        var made = (await there.Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        Key strangerUser = new(made.AccessKeyId, made.SecretAccessKey!);
        (await server.Post(new ListUsers(), strangerUser, account: Other)).Status.ShouldBe(200);
        var before = await Content(server);

        foreach (var key in (Key[])[strangerRoot, strangerUser])
            foreach (var operation in All(server.Account).Concat(OfTheOperator))
                foreach (var at in operation is ICommand ? (string?[])[null] : [null, "at=2", "newest"])
                {
                    var reply = await server.Post(operation, key, at);
                    (reply.Code, reply.Revision).ShouldBe(("AccessDenied", 0), $"{operation}");
                    foreach (var mine in (string[])["devs", "AIDA", "read\""]) (key == strangerUser && mine is "AIDA" || !reply.Body.Contains(mine, StringComparison.Ordinal)).ShouldBeTrue(reply.Body);
                }
        (await Content(server)).ShouldBe(before);

        // By the Query door there is no way to say another account; ARNs that do name nothing.
        (await server.Form("GetUser", strangerUser, fields: ("AccountId", server.Account.Value))).Code.ShouldBe("ValidationError");
        (await server.Form("GetPolicy", strangerRoot, fields: ("PolicyArn", $"arn:aws:iam::{server.Account}:policy/read"))).Code.ShouldBe("NoSuchEntity");
        (await server.Form("AttachUserPolicy", strangerRoot, fields: [("UserName", "alice"), ("PolicyArn", $"arn:aws:iam::{server.Account}:policy/read")])).Code.ShouldBe("NoSuchEntity");
        (await server.Form("ListUsers", strangerRoot)).Body.ShouldNotContain(server.Account.Value);
        (await server.Post(new Authorize("s3:GetObject", null, $"arn:aws:iam::{server.Account}:user/alice"), strangerRoot, account: Other)).Code.ShouldBe("NoSuchEntity");
        (await server.Post(new GetEntityHistory(server.Account.Value), strangerRoot, account: Other)).Json["Events"]!.AsArray().ShouldBeEmpty();
        (await server.Post(new GetEntityHistory(server.Root.Id.Value), strangerRoot, account: Other)).Json["Events"]!.AsArray().ShouldBeEmpty();
        (await server.Post(new DeleteAccessKey(server.Root.Id), strangerRoot, account: Other)).Code.ShouldBe("NoSuchEntity");
    }

    [Fact]
    public async Task The_operator_makes_accounts_and_reaches_nothing_inside()
    {
        await using var server = await Start();
        var before = await Content(server);
        foreach (var operation in All(server.Account).Where(operation => operation is not CloseAccount)) // which is the operator's too
        {
            var reply = await server.Post(operation, server.Operator);
            if (operation is GetCallerIdentity) (reply.Status, reply.Json["Arn"]!.GetValue<string>()).ShouldBe((200, "arn:aws:iam::000000000000:operator"));
            else if (operation is ListAccountQuotas or GetAccountInformation or GetCatalogue) reply.Status.ShouldBe(200); // which it sets, and gives
            else reply.Code.ShouldBe(operation is Authorize { PrincipalArn: null } ? "NoSuchEntity" : "AccessDenied", $"{operation}: {reply.Body}");
        }
        (await Content(server)).ShouldBe(before);
        (await server.Post(new CreateAccount(), server.Operator)).Code.ShouldBe("EntityAlreadyExists");
        (await server.Post(new ListUsers(), server.Operator, account: "999999999999")).Code.ShouldBe("NoSuchEntity");
        foreach (var key in (Key[])[server.Root, await server.CreateUser("bob")]) (await server.Post(new CreateAccount(), key)).Code.ShouldBe("AccessDenied");
        await server.Client().Send(new PutUserPolicy("alice", "all", Everything));
        var alice = (await server.Client().Send(new CreateAccessKey("alice"))).Answer!.AccessKey;
        (await server.Post(new CreateAccount(), new(alice.AccessKeyId, alice.SecretAccessKey!))).Code.ShouldBe("AccessDenied"); // no policy gives it
        (await server.Form("CreateAccount", server.Operator, fields: ("AccountId", Other))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_user_without_policies_may_only_ask_about_itself()
    {
        await using var server = await Start();
        var nobody = await server.CreateUser("nobody");
        var before = await Content(server);
        foreach (var operation in All(server.Account).Concat(OfTheOperator))
            (await server.Post(operation, nobody)).Code.ShouldBe(operation is GetCallerIdentity or GetSessionToken or Authorize { PrincipalArn: null } ? null : "AccessDenied", operation.ToString());
        (await Content(server)).ShouldBe(before);
        Arn self = $"arn:aws:iam::{server.Account}:user/nobody";
        foreach (var operation in (IOperation[])[new Authorize("s3:GetObject", null, self), new GetEffectivePermissions(self), new GetEffectivePermissions(), new AuthorizeBatch([new("s3:GetObject"), new("s3:GetObject", null, self)])])
            (await server.Post(operation, nobody)).Status.ShouldBe(200, operation.ToString());
    }

    [Fact]
    public async Task Asking_about_another_takes_the_permission_on_just_that_one_and_a_deny_wins()
    {
        await using var server = await Start();
        var root = server.Client();
        var asker = await server.CreateUser("asker");
        Arn alice = $"arn:aws:iam::{server.Account}:user/alice", bob = $"arn:aws:iam::{server.Account}:user/bob", absent = $"arn:aws:iam::{server.Account}:user/absent", group = $"arn:aws:iam::{server.Account}:group/devs";
        await root.Send(new CreateUser("bob"));

        await Allow($$"""{"Effect":"Allow","Action":"iam:Authorize","Resource":"{{alice}}"}""");
        (await Ask(alice)).ShouldBeNull();
        (await Batch(alice, alice)).ShouldBeNull();
        foreach (var near in (Arn[])[bob, absent, group, $"arn:aws:iam::{server.Account}:user/Alice", $"arn:aws:iam::{server.Account}:user/x/alice", $"arn:aws:iam::{server.Account}:root", $"arn:aws:iam::{Other}:user/alice"])
        {
            (await Ask(near)).ShouldBe("AccessDenied", near.Value); // whether it exists or not
            (await Batch(alice, near)).ShouldBe("AccessDenied", near.Value);
        }
        (await server.Post(new GetEffectivePermissions(alice), asker)).Code.ShouldBe("AccessDenied");

        await Allow("""{"Effect":"Allow","Action":["iam:authorize","iam:AuthorizeBatch"],"Resource":"*"}""");
        (await Ask(bob)).ShouldBeNull();
        (await Ask(absent)).ShouldBe("NoSuchEntity");
        (await Ask(group)).ShouldBe("InvalidInput"); // a group is no principal
        (await server.Post(new GetEffectivePermissions(group), server.Root)).Code.ShouldBe("InvalidInput");
        (await server.Post(new AddUserToGroup("devs", "devs"), server.Root)).Code.ShouldBe("NoSuchEntity"); // nor a member
        (await server.Post(new CreateAccessKey("devs"), server.Root)).Code.ShouldBe("NoSuchEntity");

        // An explicit deny wins, wherever the allow comes from; also over a user's own everything.
        await Allow($$"""{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"{{bob}}"}""");
        (await Ask(alice)).ShouldBeNull();
        (await Ask(bob)).ShouldBe("AccessDenied");
        (await server.Post(new DeleteUser("bob"), asker)).Code.ShouldBe("AccessDenied");
        await root.Send(new PutGroupPolicy("devs", "none", """{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}"""));
        var joined = await root.Send(new AddUserToGroup("devs", "asker"));
        (await Ask(alice, $"at-least={joined.Revision}")).ShouldBe("AccessDenied");
        (await server.Post(new CreateUser("more"), asker)).Code.ShouldBe("AccessDenied");
        var left = await root.Send(new RemoveUserFromGroup("devs", "asker"));
        (await Ask(alice, $"at-least={left.Revision}")).ShouldBeNull();

        async Task Allow(string statements) => (await root.Send(new PutUserPolicy("asker", "ask", $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}"""))).Refusal.ShouldBeNull();
        async Task<string?> Ask(Arn whom, string? at = null) => (await server.Post(new Authorize("s3:GetObject", null, whom), asker, at)).Code;
        async Task<string?> Batch(params Arn[] whom) => (await server.Post(new AuthorizeBatch([.. whom.Select(one => new AuthorizationRequest("s3:GetObject", null, one))]), asker)).Code;
    }

    [Fact]
    public async Task A_deleted_key_and_a_deleted_users_key_are_refused_from_that_revision_on_by_both_nodes()
    {
        await using var server = await Start();
        var second = await server.StartNode();
        var root = server.Client();
        foreach (var whole in (bool[])[false, true])
        {
            UserName name = whole ? "gone" : "keyless";
            var key = await server.CreateUser(name);
            var kept = (await root.Send(new CreateAccessKey(name))).Answer!.AccessKey;
            await root.Send(new PutUserPolicy(name, "all", Everything));
            var newest = (await root.Ask(new ListUsers())).Revision;
            (await server.Post(new ListUsers(), url: second, at: $"at-least={newest}")).Status.ShouldBe(200);
            foreach (var url in (string[])[server.Url, second]) (await server.Post(new GetCallerIdentity(), key, url: url)).Status.ShouldBe(200); // both have the key, and its signing key, at hand

            var deleted = await root.Send(new DeleteAccessKey(key.Id, name));
            if (whole)
            {
                await root.Send(new DeleteAccessKey(kept.AccessKeyId, name));
                await root.Send(new DeleteUserPolicy(name, "all"));
                deleted = await root.Send(new DeleteUser(name));
            }
            deleted.Refusal.ShouldBeNull();
            // At once, though the second may not have heard: a command is decided on the newest, and so is a question that asks for it.
            await Task.WhenAll(((string[])[second, server.Url]).SelectMany(url => (Func<Task<WireReply>>[])
            [
                () => server.Post(new CreateUser("by-a-ghost"), key, url: url), () => server.Post(new GetCallerIdentity(), key, "newest", url: url), () => server.Post(new ListUsers(), key, $"at-least={deleted.Revision}", url: url),
            ]).Select(async send => (await send()).Code.ShouldBe("InvalidClientTokenId")));
            (await root.Ask(new GetUser("by-a-ghost"))).Refusal!.Code.ShouldBe("NoSuchEntity");
            if (!whole) (await server.Post(new GetCallerIdentity(), new(kept.AccessKeyId, kept.SecretAccessKey!), "newest", url: second)).Status.ShouldBe(200);

            // The question that was answered before may be asked again of the past by root, not by the key.
            (await server.Post(new ListUsers(), key, $"at={newest}")).Code.ShouldBe("InvalidClientTokenId");
        }
    }

    [Fact]
    public async Task An_inactive_key_is_refused_at_every_door_by_both_nodes_until_it_is_active_again()
    {
        await using var server = await Start();
        var second = await server.StartNode();
        var root = server.Client();
        var key = await server.CreateUser("bob");
        await root.Send(new PutUserPolicy("bob", "all", Everything));
        await Signs(null);

        // By himself, on the other node: he shuts himself out.
        (await server.Post(new UpdateAccessKey(key.Id, "Inactive"), key, url: second)).Status.ShouldBe(204);
        await Signs("InvalidClientTokenId");
        (await root.Ask(new ListAccessKeys("bob"))).Answer!.AccessKeyMetadata.ShouldHaveSingleItem().Status.Value.ShouldBe("Inactive");
        // What waited, signed while the key was active, is refused by the writer.
        var bob = (await root.Ask(new GetUser("bob"))).Answer!.User.UserId;
        var late = await server.Node(0).GetRequiredService<Dispatcher>().Dispatch(new(server.Account, new CreateUser("late"), new UserCaller(server.Account, key.Id, bob), "late"), default);
        late.Refusal!.Code.ShouldBe("InvalidClientTokenId");

        (await server.Form("UpdateAccessKey", server.Root, fields: [("AccessKeyId", key.Id.Value), ("UserName", "bob"), ("Status", "Active")])).Status.ShouldBe(200);
        await Signs(null);

        async Task Signs(string? refusal)
        {
            foreach (var url in (string[])[server.Url, second])
            {
                (await server.Post(new ListUsers(), key, "newest", url: url)).Code.ShouldBe(refusal);
                (await server.Post(new CreateGroup(Guid.NewGuid().ToString()), key, url: url)).Code.ShouldBe(refusal);
            }
            (await server.Form("GetUser", key)).Code.ShouldBe(refusal);
        }
    }

    [Fact]
    public async Task Root_manages_its_own_keys_by_naming_nobody()
    {
        await using var server = await Start();
        var made = (await server.Client().Send(new CreateAccessKey())).Answer!.AccessKey;
        var other = new Key(made.AccessKeyId, made.SecretAccessKey!);
        (await server.Post(new UpdateAccessKey(server.Root.Id, "Inactive"), other)).Status.ShouldBe(204);
        (await server.Post(new ListUsers())).Code.ShouldBe("InvalidClientTokenId");
        (await server.Client(other).Ask(new ListAccessKeys())).Answer!.AccessKeyMetadata.Single(key => key.AccessKeyId == server.Root.Id).Status.Value.ShouldBe("Inactive");
        (await server.Form("ListAccessKeys", other)).Body.ShouldContain("<Status>Inactive</Status>");
    }

    [Fact]
    public async Task Refused_attempts_are_kept_and_nothing_else_is()
    {
        await using var server = await Start();
        await server.CreateAccount(Other);
        var nobody = await server.CreateUser("nobody");
        var user = (await server.Client().Ask(new GetUser("nobody"))).Answer!.User.UserId;
        (await server.Client().Ask(new GetUser("missing"))).Refusal!.Code.ShouldBe("NoSuchEntity"); // no attempt on what one may not

        (await server.Post(new DeleteUser("alice"), nobody, headers: ("Idempotency-Key", "try-1"))).Code.ShouldBe("AccessDenied");
        (await server.Form("ListGroups", nobody)).Code.ShouldBe("AccessDenied");
        (await server.Post(new ListUsers(), nobody, at: "at=2")).Code.ShouldBe("AccessDenied");
        (await server.Post(new ListUsers(), new(nobody.Id, server.Root.Secret))).Code.ShouldBe("SignatureDoesNotMatch");
        (await server.Form("GetCallerIdentity", new(server.Root.Id, nobody.Secret), "sts")).Code.ShouldBe("SignatureDoesNotMatch");
        var unknown = AccessKeyId.Of(server.Account, 77);
        (await server.Post(new ListUsers(), new(unknown, nobody.Secret))).Code.ShouldBe("InvalidClientTokenId");
        (await server.Post(new ListUsers(), nobody, account: Other)).Code.ShouldBe("AccessDenied");
        (await server.Post(new CreateUser("x"), server.Operator)).Code.ShouldBe("AccessDenied");
        // A key that was good when it was looked up, and no longer when the command's turn came.
        var late = await server.Node(0).GetRequiredService<Dispatcher>().Dispatch(new(server.Account, new CreateUser("x"), new UserCaller(server.Account, unknown, user), "try-2"), default);
        late.Refusal!.Code.ShouldBe("InvalidClientTokenId");

        string[][] expected =
        [
            [server.Account.Value, user, nobody.Id.Value, "iam:DeleteUser", "AccessDenied", "127.0.0.1", "try-1"],
            [server.Account.Value, user, nobody.Id.Value, "iam:ListGroups", "AccessDenied", "127.0.0.1"],
            [server.Account.Value, user, nobody.Id.Value, "iam:ListUsers", "AccessDenied", "127.0.0.1"],
            [server.Account.Value, user, nobody.Id.Value, "iam:ListUsers", "SignatureDoesNotMatch", "127.0.0.1"],
            [server.Account.Value, server.Account.Value, server.Root.Id.Value, "sts:GetCallerIdentity", "SignatureDoesNotMatch", "127.0.0.1"],
            [server.Account.Value, "", unknown.Value, "iam:ListUsers", "InvalidClientTokenId", "127.0.0.1"],
            [Other, user, nobody.Id.Value, "iam:ListUsers", "AccessDenied", "127.0.0.1"],
            [server.Account.Value, "operator", server.Operator.Id.Value, "iam:CreateUser", "AccessDenied", "127.0.0.1"],
            [server.Account.Value, user, unknown.Value, "iam:CreateUser", "InvalidClientTokenId", "", "try-2"],
        ];
        // They are written in the background.
        List<object?[]> kept = [];
        for (var since = Stopwatch.GetTimestamp(); kept.Count < expected.Length && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(15);)
            kept = await server.Query("select account, principal, access_key_id, operation, code, source_ip, command_id, at, message from iam.refused_attempts order by id");
        kept.Select(row => string.Join(' ', row.Take(6))).ShouldBe(expected.Select(row => string.Join(' ', row.Take(6))));
        (kept[0][6], kept[^1][6]).ShouldBe(("try-1", "try-2"));
        foreach (var row in kept)
        {
            ((DateTime)row[7]!).ShouldBe(DateTime.UtcNow, TimeSpan.FromMinutes(5));
            ((string)row[8]!).ShouldNotBeEmpty();
            row.OfType<string>().ShouldAllBe(text => !text.Contains(nobody.Secret.Reveal()) && !text.Contains(server.Root.Secret.Reveal()));
        }
    }

    /// <summary>All that could have changed.</summary>
    static async Task<(object?, object?)> Content(ServerFixture server) =>
        ((await server.Query("select count(*) from iam.mt_events"))[0][0], (await server.Query("select count(*) from iam.commands"))[0][0]);
}
