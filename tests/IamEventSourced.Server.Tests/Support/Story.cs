using System.Text;

namespace IamEventSourced.Server.Tests;

/// <summary>A story with every command in it but those that make and close accounts, each with names of its own kind, so that a name is found wherever it should not be.</summary>
static class Story
{
    public const string User = "zoe.quirin", Renamed = "zoe.tanager", Second = "kestrel.wren", Third = "merlin.finch", Group = "nightshift-crew", Regrouped = "dayshift-crew", Policy = "harvest_rules", Short = "brief_rules", Inline = "pocket_note", GroupInline = "wall_note", Alias = "heron-works", Account = "Egret Works", Certificate = "gate.shield", Recertified = "gate.banner", Phone = "pocket.watch", Email = "Osprey.Quill@plumage.example";
    public static readonly string[] Names = [User, Renamed, Second, Third, Group, Regrouped, Policy, Short, Inline, GroupInline, Alias, Account, Certificate, Recertified, Phone, Email];

    /// <summary>As somebody might write it: members in no order, all sorts of white space, escapes, letters beyond ASCII.</summary>
    public const string OddDocument = "{\r\n\t\"Statement\" : [ {\"Resource\":\"*\",  \"Effect\":\"Allow\", \"Sid\":\"\\u0041b\",\n\"Action\":[\"s3:GetObject\",\"s3:\\u0047etBucket*\"], \"Condition\":{\"StringEquals\":{\"s3:prefix\":\"é ÿ \\\\ \\/ \\\" 1.50\"}}}],\"Version\":\"2012-10-17\"  }";
    public const string Reading = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}""";

    /// <summary>One command that was sent.</summary>
    public sealed record Sent(ICommand Command, CommandId Id, Key By, string? Correlation, string? Causation, long Before, WireReply Reply)
    {
        public long After => Reply.Revision;
    }

    /// <summary>Sends the story to a node and returns what was sent; each has to succeed.</summary>
    public static async Task<List<Sent>> Play(ServerFixture server, string? url = null)
    {
        List<Sent> sent = [];
        var revision = (await server.Post(new GetCallerIdentity(), at: "newest", url: url)).Revision;
        Arn policy = Arn.Of(server.Account, $"policy/std/{Policy}"), brief = Arn.Of(server.Account, $"policy/{Short}");

        await Send(new CreateAccountAlias(Alias));
        await Send(new DeleteAccountAlias(Alias));
        await Send(new PutAccountName(Account));
        await Send(new PutPrimaryEmail(Email));
        await Send(new SetAccountQuota("UsersPerAccount", 1_000_000), server.Operator);
        await Send(new UpdateAccountPasswordPolicy(14, true, AllowUsersToChangePassword: true, MaxPasswordAge: 90, PasswordReusePrevention: 5));
        await Send(new DeleteAccountPasswordPolicy());
        await Send(new CreateUser(User, "/aviary/"));
        await Send(new CreateUser(Second));
        await Send(new CreateGroup(Group, "/field/"));
        await Send(new AddUserToGroup(Group, User));
        await Send(new UpdateGroup(Group, "/field/east/", Regrouped));
        await Send(new UpdateGroup(Regrouped, null, Group));
        await Send(new CreatePolicy(Policy, OddDocument, "/std/", "Snow ☃ and \"quotes\"\\, 𝄞"));
        await Send(new CreatePolicy(Short, Reading));
        await Send(new CreatePolicyVersion(policy, Reading));
        await Send(new CreatePolicyVersion(policy, OddDocument + " ", SetAsDefault: true));
        await Send(new SetDefaultPolicyVersion(policy, "v2"));
        await Send(new DeletePolicyVersion(policy, "v1"));
        await Send(new CreateUser(Third, null, brief, [new("team", "blue"), new("Größe", "")]));
        await Send(new TagUser(User, [new("team", "blue"), new("note", "x = 1")]));
        await Send(new TagUser(User, [new("TEAM", "red")]));
        await Send(new UntagUser(User, ["Team"]));
        await Send(new TagPolicy(policy, [new("team", "blue")]));
        await Send(new UntagPolicy(policy, ["team"]));
        await Send(new TagPolicy(brief, [new("team", "blue")]));
        await Send(new PutUserPermissionsBoundary(User, brief));
        await Send(new PutUserPermissionsBoundary(User, policy));
        await Send(new DeleteUserPermissionsBoundary(User));
        await Send(new PutUserPermissionsBoundary(User, policy));
        await Send(new DeleteUser(Third));
        await Send(new AttachUserPolicy(User, policy));
        await Send(new AttachGroupPolicy(Group, policy));
        await Send(new PutUserPolicy(User, Inline, OddDocument));
        await Send(new PutGroupPolicy(Group, GroupInline, OddDocument));
        await Send(new PutUserPolicy(Second, Inline, """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"""));
        var made = await Send(new CreateAccessKey(Second));
        var key = new Key(made.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>(), new(made.Json["AccessKey"]!["SecretAccessKey"]!.GetValue<string>()));
        await Send(new UpdateAccessKey(key.Id, "Inactive", Second));
        await Send(new UpdateAccessKey(key.Id, "Active", Second));
        var uploaded = await Send(new UploadSSHPublicKey(User, RandomCommands.SSHKeys[0] + " " + User));
        SSHPublicKeyId sshKey = uploaded.Json["SSHPublicKey"]!["SSHPublicKeyId"]!.GetValue<string>();
        await Send(new UpdateSSHPublicKey(User, sshKey, "Inactive"));
        await Send(new CreateLoginProfile(User, "Correct-Horse-7", true));
        await Send(new UpdateLoginProfile(User, "Battery-Staple-9"));
        await Send(new UpdateLoginProfile(User, null, false));
        await Send(new CreateLoginProfile(null, "Correct-Horse-7"));
        await Send(new ChangePassword("Correct-Horse-7", "Battery-Staple-9"));
        await Send(new DeleteLoginProfile(User));
        await Send(new UploadServerCertificate(Certificate, Certificates.Pem("leaf"), Certificates.Pem("leaf-key"), "/aviary/", Certificates.Pem("mid"), [new("team", "blue")]));
        await Send(new UpdateServerCertificate(Certificate, "/field/", Recertified));
        await Send(new TagServerCertificate(Recertified, [new("note", "x")]));
        await Send(new UntagServerCertificate(Recertified, ["note"]));
        await Send(new DeleteServerCertificate(Recertified));
        await Send(new UploadServerCertificate(Certificate, Certificates.Pem("rsa"), Certificates.Pem("rsa-key")));
        var seed = Encoding.ASCII.GetString(Convert.FromBase64String((await Send(new CreateVirtualMFADevice(Phone, "/aviary/", [new("team", "blue")]))).Json["VirtualMFADevice"]!["Base32StringSeed"]!.GetValue<string>()));
        SerialNumber phone = Arn.Of(server.Account, $"mfa/aviary/{Phone}").Value;
        await Send(new TagMFADevice(phone, [new("note", "x")]));
        await Send(new UntagMFADevice(phone, ["note"]));
        var (one, next) = MFACodes.At(seed, DateTimeOffset.UtcNow, -4);
        await Send(new EnableMFADevice(User, phone, one, next));
        (one, next) = MFACodes.At(seed, DateTimeOffset.UtcNow, 1);
        await Send(new ResyncMFADevice(User, phone, one, next));
        await Send(new DeactivateMFADevice(phone, User));
        await Send(new DeleteVirtualMFADevice(phone));
        await Send(new CreateVirtualMFADevice(Phone));
        await Send(new UpdateUser(User, "/aviary/west/", Renamed), key);
        await Send(new RemoveUserFromGroup(Group, Renamed), key);
        await Send(new DetachUserPolicy(Renamed, policy), key);
        await Send(new DetachGroupPolicy(Group, policy), key);
        await Send(new DeleteUserPolicy(Renamed, Inline.ToUpperInvariant()), key);
        await Send(new DeleteGroupPolicy(Group, GroupInline), key);
        await Send(new DeletePolicy(brief), key);
        await Send(new DeleteGroup(Group), key);
        await Send(new DeleteSSHPublicKey(Renamed, sshKey), key);
        await Send(new DeleteUser(Renamed), key);
        await Send(new DeleteAccessKey(key.Id, Second));
        await Send(new DeleteUserPolicy(Second, Inline));
        return sent;

        async Task<WireReply> Send(ICommand command, Key? by = null)
        {
            CommandId id = $"story-{sent.Count}";
            var (correlation, causation) = sent.Count % 2 is 0 ? ((string?)null, (string?)null) : ($"talk {sent.Count}", $"message {sent.Count}");
            List<(string, string)> headers = [("Idempotency-Key", id.Value)];
            if (correlation is not null) headers.AddRange([("Iam-Correlation-Id", correlation), ("Iam-Causation-Id", causation!)]);
            var reply = await server.Post(command, by, url: url, headers: [.. headers]);
            reply.Code.ShouldBeNull($"{command}: {reply.Body}");
            sent.Add(new(command, id, by ?? server.Root, correlation, causation, revision, reply));
            revision = reply.Revision;
            return reply;
        }
    }
}
