using System.Reflection;

namespace IamEventSourced.Server.Tests;

/// <summary>
/// Any command, on few things, so that they meet: the same numbers make the same commands. Now and then one of the things is
/// taken apart and deleted, which chance alone would seldom do.
/// </summary>
sealed class RandomCommands(int seed, AccountId account)
{
    public static readonly string[] Users = ["ann", "bo", "cyd", "dee"], Groups = ["Admins", "devs", "ops"], Policies = ["read", "Write", "audit"], InlineNames = ["extra", "EXTRA", "note"], Paths = ["/", "/team/", "/team/b/"];
    public static readonly Arn[] AwsPolicies = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"];
    public static readonly string[] Documents =
    [
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}""",
        "{ \"Version\":\"2012-10-17\",\r\n\t\"Statement\":[{\"Sid\":\"W\",\"Effect\":\"Allow\",\"Action\":[\"s3:PutObject\",\"ec2:*\"],\"Resource\":\"arn:aws:s3:::${aws:username}/*\"}]}",
        """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:Put*","Resource":"arn:aws:s3:::secret/*"},{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}""",
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""",
        """{"Version":"2012-10-17"}""", // no policy
    ];

    /// <summary>Public keys as OpenSSH writes them.</summary>
    public static readonly string[] SSHKeys =
    [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIFgyJmzs6OZywZcwJmOwr0di0uusag4VS9ss3rG7q/v",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBG5Y2jyojV/nKUT7uinJ2/6yRl0gOYR1DrvrQ1SHBB6u70qx77GaTuwnHaDCh9L4reAOiFxQGts84rfX3AuVha0=",
    ];

    readonly Random _random = new(seed);
    readonly Queue<ICommand> _next = [];

    static readonly Operation[] Commands = [.. Operation.All.Values.Where(operation => operation.IsCommand && operation.Name is not (nameof(AdoptCatalogue) or nameof(CreateAccount) or nameof(CloseAccount) or nameof(SetAccountQuota) or nameof(RecoverRoot))).OrderBy(operation => operation.Name, StringComparer.Ordinal)];

    /// <summary>Access keys that commands may name; whoever sends the commands adds those that were made.</summary>
    public List<AccessKeyId> Keys { get; } = [];

    /// <summary>SSH public keys that commands may name; whoever sends the commands adds those that were uploaded.</summary>
    public List<SSHPublicKeyId> SSHKeyIds { get; } = [];

    /// <summary>Those that take nothing away; they come more often than the others, or there would be little to meet.</summary>
    static readonly Operation[] Adding = [.. Commands.Where(operation => !new[] { "Delete", "Detach", "Remove" }.Any(word => operation.Name.StartsWith(word, StringComparison.Ordinal)))];

    public ICommand Next()
    {
        if (_next.TryDequeue(out var planned)) return planned;
        if (_random.Next(40) is 0) Plan();
        return (ICommand)Made(_random.Next(3) is 0 ? Pick(Commands) : Pick(Adding));
    }

    /// <summary>An ARN of a managed policy, as it may or may not be.</summary>
    public Arn PolicyArn(string name, string path = "/") => Arn.Of(account, $"policy{path}{name}");

    void Plan()
    {
        if (_random.Next(2) is 0)
        {
            UserName user = Pick(Users);
            foreach (GroupName group in Groups) _next.Enqueue(new RemoveUserFromGroup(group, user));
            foreach (var policy in AllPolicies()) _next.Enqueue(new DetachUserPolicy(user, policy));
            foreach (PolicyName policy in InlineNames) _next.Enqueue(new DeleteUserPolicy(user, policy));
            foreach (var key in Keys) _next.Enqueue(new DeleteAccessKey(key, user));
            foreach (var key in SSHKeyIds) _next.Enqueue(new DeleteSSHPublicKey(user, key));
            _next.Enqueue(new DeleteLoginProfile(user));
            _next.Enqueue(new DeleteUser(user));
            _next.Enqueue(new CreateUser(user));
        }
        else if (_random.Next(2) is 0)
        {
            GroupName group = Pick(Groups);
            foreach (UserName user in Users) _next.Enqueue(new RemoveUserFromGroup(group, user));
            foreach (var policy in AllPolicies()) _next.Enqueue(new DetachGroupPolicy(group, policy));
            foreach (PolicyName policy in InlineNames) _next.Enqueue(new DeleteGroupPolicy(group, policy));
            _next.Enqueue(new DeleteGroup(group));
        }
        else
        {
            PolicyName name = $"short{_random.Next(3)}"; // with one version: others can't be deleted yet
            _next.Enqueue(new CreatePolicy(name, Documents[0]));
            _next.Enqueue(new AttachUserPolicy(Pick(Users), PolicyArn(name.Value)));
            foreach (UserName user in Users) _next.Enqueue(new DetachUserPolicy(user, PolicyArn(name.Value)));
            foreach (UserName user in Users) _next.Enqueue(new DeleteUserPermissionsBoundary(user));
            _next.Enqueue(new DeletePolicy(PolicyArn(name.Value)));
        }
    }

    IEnumerable<Arn> AllPolicies() => (from name in Policies from path in (string[])["/", "/std/"] select PolicyArn(name, path)).Concat(AwsPolicies);

    object Made(Operation operation) => Activator.CreateInstance(operation.Type, [.. operation.Parameters.Select(Value)])!;

    object? Value(ParameterInfo parameter)
    {
        // A user's own parameter is mostly given: else it would mostly be root's.
        if (!Operation.IsRequired(parameter) && _random.Next(parameter.ParameterType == typeof(UserName) ? 6 : 3) is 0) return null;
        return parameter.ParameterType switch
        {
            var type when type == typeof(UserName) => new UserName(Pick(Users)),
            var type when type == typeof(GroupName) => new GroupName(Pick(Groups)),
            var type when type == typeof(PolicyName) => new PolicyName(Pick(parameter.Member.DeclaringType == typeof(CreatePolicy) ? Policies : InlineNames)),
            var type when type == typeof(IamPath) => new IamPath(Pick(Paths)),
            var type when type == typeof(PolicyPath) => new PolicyPath(Pick(["/", "/std/"])),
            var type when type == typeof(PolicyDescription) => new PolicyDescription(Pick(["", "What it is for: \u2603, \"quoted\"\\"])),
            var type when type == typeof(PolicyText) => new PolicyText(Pick(Documents)),
            var type when type == typeof(Arn) => _random.Next(5) is 0 ? Pick(AwsPolicies) : PolicyArn(Pick(Policies), Pick(["/", "/", "/std/"])),
            var type when type == typeof(VersionId) => VersionId.Of(_random.Next(1, 4)),
            var type when type == typeof(AccessKeyId) => Keys.Count > 0 ? Pick(Keys) : AccessKeyId.Of(account, 0), // nobody's: ids of tests begin with 1, root's
            var type when type == typeof(AccountName) => new AccountName(Pick(["Works", "Example Works"])),
            var type when type == typeof(AccountAlias) => new AccountAlias(Pick(["works", "example-works"])),
            var type when type == typeof(EmailAddress) => new EmailAddress(Pick(["root@example.com", "Root@Example.com", "other@example.com"])),
            var type when type == typeof(StatusType) => new StatusType(Pick(["Active", "Inactive"])),
            var type when type == typeof(SSHPublicKeyId) => SSHKeyIds.Count > 0 ? Pick(SSHKeyIds) : "APKAAAAAAAAAAAAAAAAAA",
            var type when type == typeof(SSHPublicKeyBody) => new SSHPublicKeyBody(Pick(SSHKeys)),
            var type when type == typeof(ServerCertificateName) => new ServerCertificateName(Pick(["www", "WWW", "mail"])),
            var type when type == typeof(VirtualMFADeviceName) => new VirtualMFADeviceName(Pick(["phone", "PHONE", "key"])),
            var type when type == typeof(SerialNumber) => new SerialNumber(Arn.Of(account, $"mfa{Pick(Paths)}{Pick(["phone", "key"])}").Value),
            var type when type == typeof(AuthenticationCode) => new AuthenticationCode("000000"), // hardly ever a good one
            var type when type == typeof(CertificateBody) => new CertificateBody(Certificates.Pem(Pick(["leaf", "leaf", "rsa"]))),
            var type when type == typeof(CertificateChain) => new CertificateChain(Certificates.Pem("mid")),
            var type when type == typeof(PrivateKey) => new PrivateKey(Certificates.Pem("leaf-key")),
            var type when type == typeof(Tag[]) => new Tag[] { new(Pick(["team", "Team", "größe"]), Pick(["", "blue", "red"])), new("note", Pick(["1", "2"])) },
            var type when type == typeof(TagKey[]) => new TagKey[] { Pick(["team", "TEAM", "note"]) },
            var type when type == typeof(Password) => new Password(Pick(["Correct-Horse-7", "Battery-Staple-9", "short"])),
            var type when type == typeof(MinimumPasswordLength) => new MinimumPasswordLength(Pick([6, 14])),
            var type when type == typeof(MaxPasswordAge) => new MaxPasswordAge(Pick([1, 90])),
            var type when type == typeof(PasswordReusePrevention) => new PasswordReusePrevention(Pick([1, 3])),
            var type when type == typeof(bool?) => _random.Next(2) is 0,
            var type => throw new InvalidOperationException($"{parameter.Member.DeclaringType!.Name} has a parameter of a type that no value is known of here: {type.Name}"),
        };
    }

    T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>Sends what no random command ever touches, so that there is something to ask about whatever chance brings: a user and its group, both named kept, with policies and credentials.</summary>
    public static async Task Begin(ServerFixture server)
    {
        foreach (var command in (ICommand[])[new CreateGroup("kept"), new PutGroupPolicy("kept", "note", Documents[0]), new CreateUser("kept"), new PutUserPolicy("kept", "note", Documents[0]), new AddUserToGroup("kept", "kept"), new CreateAccessKey("kept"),
            new CreateLoginProfile("kept", "Correct-Horse-7"), new UploadSSHPublicKey("kept", SSHKey.Of(SSHKeys[0]).Pem)])
            (await server.Post(command)).Status.ShouldBeLessThan(300);
    }

    /// <summary>Sends so many over HTTP as root, up to eight at a time; every reply is a success or one of IAM's own refusals.</summary>
    public async Task Send(ServerFixture server, int count)
    {
        for (var sent = 0; sent < count;)
        {
            var burst = Enumerable.Range(0, Math.Min(count - sent, _random.Next(1, 9))).Select(_ => Next()).ToList();
            sent += burst.Count;
            foreach (var reply in await Task.WhenAll(burst.Select(command => server.Post(command))))
            {
                reply.Code.ShouldBeOneOf(null, "AccessDenied", "NoSuchEntity", "EntityAlreadyExists", "DeleteConflict", "LimitExceeded", "MalformedPolicyDocument", "DuplicateSSHPublicKey", "KeyPairMismatch", "PasswordPolicyViolation", "ValidationError", "InvalidAuthenticationCode", "EntityTemporarilyUnmodifiable");
                if (reply.Body.Contains("\"SSHPublicKeyId\"", StringComparison.Ordinal)) SSHKeyIds.Add(reply.Json["SSHPublicKey"]!["SSHPublicKeyId"]!.GetValue<string>());
                if (reply.Body.Contains("\"AccessKeyId\"", StringComparison.Ordinal)) Keys.Add(reply.Json["AccessKey"]!["AccessKeyId"]!.GetValue<string>());
            }
        }
    }
}
