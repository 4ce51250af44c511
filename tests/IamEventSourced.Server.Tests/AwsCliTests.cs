using System.Diagnostics;
using System.Text.Json.Nodes;

namespace IamEventSourced.Server.Tests;

/// <summary>AWS's own command line, as somebody would use it: nothing of ours on its side but the address.</summary>
public class AwsCliTests(PostgresFixture postgres)
{
    const string Administrator = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
    const string Developer = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:*","s3:*","dynamodb:*","lambda:*"],"Resource":"*"}]}""";
    const string DeveloperWhoMayLook = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:*","s3:*","dynamodb:*","lambda:*","iam:ListUsers"],"Resource":"*"}]}""";
    const string ReadOnly = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*"],"Resource":"*"}]}""";
    const string Own = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreateUser","Resource":"arn:aws:iam::123456789012:user/guests/*"},{"Effect":"Deny","Action":"iam:ListGroups","Resource":"*"}]}""";

    sealed record Said(int Status, string Out, string Error)
    {
        public JsonNode this[string member] => JsonNode.Parse(Out)![member]!;
        public IEnumerable<string> Names(string list, string member) => this[list].AsArray().Select(one => one is JsonObject ? one[member]!.GetValue<string>() : one!.GetValue<string>());
    }

    [Fact]
    public async Task The_whole_story_by_AWSs_command_line()
    {
        var aws = await Installed();
        await using var server = await ServerFixture.Start(postgres);
        var root = server.Root;

        (await Does("sts get-caller-identity"))["Arn"].GetValue<string>().ShouldBe("arn:aws:iam::123456789012:root");
        foreach (var group in (string[])["Admins", "Developers", "ReadOnly"]) (await Does($"iam create-group --group-name {group}"))["Group"]["Arn"]!.GetValue<string>().ShouldBe($"arn:aws:iam::123456789012:group/{group}");
        await Does("iam put-group-policy --group-name Admins --policy-name Administrator --policy-document", root, Administrator);
        await Does("iam put-group-policy --group-name ReadOnly --policy-name ReadOnly --policy-document", root, ReadOnly);
        var policy = (await Does("iam create-policy --policy-name Developer --path /std/ --description Builds --policy-document", root, Developer))["Policy"]["Arn"]!.GetValue<string>();
        policy.ShouldBe("arn:aws:iam::123456789012:policy/std/Developer");
        await Does($"iam attach-group-policy --group-name Developers --policy-arn {policy}");
        foreach (var user in (string[])["ann", "ben", "cyd"]) (await Does($"iam create-user --user-name {user} --path /staff/"))["User"]["UserId"]!.GetValue<string>().ShouldStartWith("AIDA");
        await Does("iam wait user-exists --user-name ann");
        foreach (var (user, group) in ((string, string)[])[("ann", "Admins"), ("ben", "Developers"), ("ben", "ReadOnly"), ("cyd", "ReadOnly")]) (await Does($"iam add-user-to-group --user-name {user} --group-name {group}")).Out.ShouldBeEmpty();
        await Does("iam put-user-policy --user-name cyd --policy-name Own --policy-document", root, Own);
        var (ann, ben, cyd) = (await KeyOf("ann"), await KeyOf("ben"), await KeyOf("cyd"));

        // Each with her own key. Ann may everything; Ben may look and change nothing; Cyd may welcome guests, and her deny wins over her group.
        (await Does("sts get-caller-identity", ben))["Arn"].GetValue<string>().ShouldBe("arn:aws:iam::123456789012:user/staff/ben");
        await Does("iam create-user --user-name dee", ann);
        (await Does("iam get-user", ben))["User"]["UserName"]!.GetValue<string>().ShouldBe("ben");
        await Refuses("AccessDenied", "iam create-user --user-name nope", ben);
        await Does("iam create-user --user-name guest --path /guests/", cyd);
        await Refuses("AccessDenied", "iam create-user --user-name guest2 --path /staff/", cyd);
        await Refuses("AccessDenied", "iam list-groups", cyd);
        (await Does("iam list-groups", ben)).Names("Groups", "GroupName").ShouldBe(["Admins", "Developers", "ReadOnly"]);
        var dee = await KeyOf("dee");
        await Refuses("AccessDenied", "iam get-user", dee); // has nothing and may nothing

        // What is stored comes back as it was.
        (await Does("iam list-groups-for-user --user-name ben")).Names("Groups", "GroupName").ShouldBe(["Developers", "ReadOnly"]);
        (await Does("iam get-group --group-name ReadOnly")).Names("Users", "UserName").ShouldBe(["ben", "cyd"]);
        (await Does("iam list-attached-group-policies --group-name Developers")).Names("AttachedPolicies", "PolicyArn").ShouldBe([policy]);
        Same((await Does("iam get-group-policy --group-name Admins --policy-name administrator"))["PolicyDocument"], Administrator);
        Same((await Does("iam get-user-policy --user-name cyd --policy-name Own"))["PolicyDocument"], Own);
        (await Does("iam list-user-policies --user-name cyd")).Names("PolicyNames", "").ShouldBe(["Own"]);

        // What she may is simulated, by which policies.
        (await Does("iam simulate-principal-policy --policy-source-arn arn:aws:iam::123456789012:user/staff/cyd --action-names iam:ListUsers iam:ListGroups s3:GetObject", ann))["EvaluationResults"].AsArray()
            .Select(one => $"{one!["EvalActionName"]} {one["EvalDecision"]} {string.Join(' ', one["MatchedStatements"]!.AsArray().Select(statement => $"{statement!["SourcePolicyId"]}:{statement["StartPosition"]!["Line"]}"))}".Trim())
            .ShouldBe(["iam:ListUsers allowed group_ReadOnly_ReadOnly:1", "iam:ListGroups explicitDeny user_cyd_Own:1", "s3:GetObject implicitDeny"]);

        // In pages, by the client and by hand.
        (await Does("iam list-users --page-size 2")).Names("Users", "UserName").ShouldBe(["ann", "ben", "cyd", "dee", "guest"]);
        var first = await Does("iam list-users --path-prefix /staff/ --max-items 2");
        first.Names("Users", "UserName").ShouldBe(["ann", "ben"]);
        (await Does($"iam list-users --path-prefix /staff/ --max-items 2 --starting-token {first["NextToken"]}")).Names("Users", "UserName").ShouldBe(["cyd"]);

        // Out of the group, without its permission; a version in force, for all who have the policy; and back.
        await Does("iam remove-user-from-group --user-name ben --group-name ReadOnly", ann);
        await Refuses("AccessDenied", "iam list-users", ben);
        (await Does($"iam create-policy-version --policy-arn {policy} --set-as-default --policy-document", ann, DeveloperWhoMayLook))["PolicyVersion"]["VersionId"]!.GetValue<string>().ShouldBe("v2");
        await Does("iam list-users", ben);
        Same((await Does($"iam get-policy-version --policy-arn {policy} --version-id v2"))["PolicyVersion"]["Document"]!, DeveloperWhoMayLook);
        await Does($"iam set-default-policy-version --policy-arn {policy} --version-id v1");
        await Refuses("AccessDenied", "iam list-users", ben);
        var described = (await Does($"iam get-policy --policy-arn {policy}"))["Policy"];
        (described["DefaultVersionId"]!.GetValue<string>(), described["AttachmentCount"]!.GetValue<int>()).ShouldBe(("v1", 1));

        // What can't be done says why.
        await Refuses("DeleteConflict", "iam delete-group --group-name ReadOnly");
        await Refuses("DeleteConflict", $"iam delete-policy --policy-arn {policy}");
        await Refuses("EntityAlreadyExists", "iam create-user --user-name ANN");
        await Refuses("NoSuchEntity", "iam add-user-to-group --group-name Admins --user-name Developers"); // a group is no member
        await Refuses("MalformedPolicyDocument", "iam put-user-policy --user-name dee --policy-name p --policy-document", root, "{}");

        // A key is switched off and on; the account as a whole.
        (await Does($"sts get-access-key-info --access-key-id {dee.Id}"))["Account"].GetValue<string>().ShouldBe("123456789012");
        (await Does($"iam get-access-key-last-used --access-key-id {dee.Id}"))["UserName"].GetValue<string>().ShouldBe("dee");
        await Does($"iam update-access-key --user-name dee --access-key-id {dee.Id} --status Inactive");
        await Refuses("InvalidClientTokenId", "sts get-caller-identity", dee);
        (await Does("iam list-access-keys --user-name dee")).Names("AccessKeyMetadata", "Status").ShouldBe(["Inactive"]);
        await Does($"iam update-access-key --user-name dee --access-key-id {dee.Id} --status Active");
        await Does("sts get-caller-identity", dee);
        var given = (await Does("sts get-session-token --duration-seconds 900", dee))["Credentials"];
        Key session = new(given["AccessKeyId"]!.GetValue<string>(), new(given["SecretAccessKey"]!.GetValue<string>()), new(given["SessionToken"]!.GetValue<string>()));
        (await Does("sts get-caller-identity", session))["Arn"].GetValue<string>().ShouldBe("arn:aws:iam::123456789012:user/dee");
        await Refuses("InvalidClientTokenId", "iam get-user", session); // without MFA
        await Does("iam create-account-alias --account-alias example-works");
        (await Does("iam list-account-aliases")).Names("AccountAliases", "").ShouldBe(["example-works"]);
        var summary = (await Does("iam get-account-summary"))["SummaryMap"].AsObject();
        (summary.Count, summary["Users"]!.GetValue<int>(), summary["GroupsQuota"]!.GetValue<int>(), summary["PolicyVersionsInUse"]!.GetValue<int>()).ShouldBe((34, 5, 300, 1));
        var details = await Does("iam get-account-authorization-details --filter User Group LocalManagedPolicy --page-size 2");
        details.Names("UserDetailList", "UserName").ShouldBe(["ann", "ben", "cyd", "dee", "guest"]);
        Same(details["UserDetailList"][2]!["UserPolicyList"]![0]!["PolicyDocument"]!, Own);
        details["Policies"][0]!["PolicyVersionList"]!.AsArray().Count.ShouldBe(2);

        // AWS's own policies are there, and are had as any other.
        await Does("iam attach-group-policy --group-name Developers --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess");
        await Does("iam list-users", ben);
        (await Does("iam list-policies --scope AWS --only-attached")).Names("Policies", "Arn").ShouldBe(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);

        // And an end of it.
        await Does("iam update-user --user-name dee --new-user-name dora --new-path /gone/");
        await Does($"iam delete-access-key --user-name dora --access-key-id {dee.Id}");
        await Refuses("InvalidClientTokenId", "sts get-caller-identity", dee);
        await Does("iam delete-user --user-name dora");
        await Refuses("NoSuchEntity", "iam get-user --user-name dora");

        async Task<Key> KeyOf(string user)
        {
            var key = (await Does($"iam create-access-key --user-name {user}"))["AccessKey"];
            return new(key["AccessKeyId"]!.GetValue<string>(), new(key["SecretAccessKey"]!.GetValue<string>()));
        }

        async Task<Said> Does(string command, Key? by = null, params string[] more)
        {
            var said = await Run(aws, server.Url, by ?? root, command, more);
            said.Status.ShouldBe(0, $"aws {command}: {said.Error}");
            return said;
        }

        async Task Refuses(string code, string command, Key? by = null, params string[] more)
        {
            var said = await Run(aws, server.Url, by ?? root, command, more);
            said.Status.ShouldNotBe(0, command);
            said.Error.ShouldContain($"({code})", Case.Sensitive, command);
        }
    }

    static void Same(JsonNode one, string other) => JsonNode.DeepEquals(one, JsonNode.Parse(other)).ShouldBeTrue($"{one} is not {other}");

    /// <summary>A command line that runs: that which ./test found, Debian's, or the first on the PATH.</summary>
    static async Task<string> Installed()
    {
        foreach (var candidate in (string?[])[Environment.GetEnvironmentVariable("IAM_AWS_CLI"), "/usr/bin/aws", "aws"])
        {
            if (string.IsNullOrEmpty(candidate)) continue;
            try
            {
                if ((await Run(candidate, null, null, "--version", [])).Status is 0) return candidate;
            }
            catch (System.ComponentModel.Win32Exception) { } // there is none
        }
        throw new InvalidOperationException("This test needs the AWS CLI; ./test installs it (Debian: apt-get install awscli; macOS: brew install awscli).");
    }

    static async Task<Said> Run(string aws, string? url, Key? key, string command, string[] more)
    {
        var start = new ProcessStartInfo(aws) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in (string[])[.. command.Split(' '), .. more]) start.ArgumentList.Add(argument);
        if (url is not null) foreach (var argument in (string[])["--endpoint-url", url, "--output", "json"]) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal) || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        (start.Environment["AWS_CONFIG_FILE"], start.Environment["AWS_SHARED_CREDENTIALS_FILE"]) = ("/dev/null", "/dev/null"); // nobody's own settings
        (start.Environment["AWS_EC2_METADATA_DISABLED"], start.Environment["AWS_MAX_ATTEMPTS"], start.Environment["AWS_DEFAULT_REGION"], start.Environment["AWS_PAGER"]) = ("true", "1", "eu-west-3", "");
        if (key is not null) (start.Environment["AWS_ACCESS_KEY_ID"], start.Environment["AWS_SECRET_ACCESS_KEY"]) = (key.Id.Value, key.Secret.Reveal());
        if (key?.Token is { } token) start.Environment["AWS_SESSION_TOKEN"] = token.Reveal();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"aws {command} took more than a minute.", late);
        }
        return new(process.ExitCode, await output, await error);
    }
}
