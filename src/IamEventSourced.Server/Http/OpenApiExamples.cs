using System.Text.Json.Nodes;

namespace IamEventSourced.Server;

/// <summary>An example of each parameter, by its name: AWS names the same thing alike in all operations.</summary>
static class OpenApiExamples
{
    const string Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}]}""";

    static readonly Dictionary<string, JsonNode> ByName = new(StringComparer.Ordinal)
    {
        ["AccessKeyId"] = "AKIAIOSFODNN7EXAMPLE",
        ["AccountAlias"] = "example-works",
        ["AccountName"] = "Example",
        ["AccountState"] = "ACTIVE",
        ["ActionName"] = "s3:GetObject",
        ["ActionNames"] = new JsonArray("s3:GetObject", "s3:PutObject"),
        ["AllowUsersToChangePassword"] = true,
        ["Arn"] = "arn:aws:iam::123456789012:user/alice",
        ["AssignmentStatus"] = "Assigned",
        ["AttachmentName"] = "Developers",
        ["AttachmentType"] = "group",
        ["AuthenticationCode1"] = "123456",
        ["AuthenticationCode2"] = "654321",
        ["CallerArn"] = "arn:aws:iam::123456789012:user/alice",
        ["CertificateBody"] = "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----",
        ["CertificateChain"] = "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----",
        ["Code"] = "AccessDenied",
        ["CommandId"] = "3f1c6a52-7f0d-4a86-9a5e-3b6b5f1e0c11",
        ["ContextKeyName"] = "aws:SourceIp",
        ["ContextKeyType"] = "ip",
        ["ContextKeyValues"] = new JsonArray("203.0.113.7"),
        ["CorrelationId"] = "onboarding-4711",
        ["Decision"] = "implicitDeny",
        ["Description"] = "Reads the reports.",
        ["DurationSeconds"] = 3_600,
        ["Entity"] = "arn:aws:iam::123456789012:user/alice",
        ["Encoding"] = "SSH",
        ["Email"] = "root@example.com",
        ["EntityFilter"] = "User",
        ["EventType"] = "user-added-to-group",
        ["Filter"] = new JsonArray("User"),
        ["From"] = "2026-11-24T00:00:00Z",
        ["FromRevision"] = 1,
        ["FromSize"] = 20,
        ["Granularity"] = "ACTION_LEVEL",
        ["GroupName"] = "Developers",
        ["HardExpiry"] = false,
        ["JobId"] = "AIDAIOSFODNN7EXAMPLEAS0006461A8E5C00",
        ["Key"] = "team",
        ["MaxAccessKeyAge"] = 90,
        ["MaxCredentialUsageAge"] = 45,
        ["MaxItems"] = 100,
        ["MaxPasswordAge"] = 365,
        ["MinimumPasswordLength"] = 14,
        ["NewGroupName"] = "Builders",
        ["NewPassword"] = "Correct-Horse-7",
        ["NewPath"] = "/team/",
        ["NewServerCertificateName"] = "www-2027",
        ["NewestFirst"] = false,
        ["NewUserName"] = "alice.smith",
        ["OldPassword"] = "Battery-Staple-9",
        ["OperationName"] = "AddUserToGroup",
        ["OnlyAttached"] = true,
        ["Parameters"] = new JsonObject { ["GroupName"] = "Developers", ["UserName"] = "alice" },
        ["Password"] = "Battery-Staple-9",
        ["PasswordResetRequired"] = true,
        ["PasswordReusePrevention"] = 5,
        ["Path"] = "/team/",
        ["PathPrefix"] = "/team/",
        ["PermissionsBoundaryPolicyInputList"] = new JsonArray(Policy),
        ["PermissionsBoundary"] = "arn:aws:iam::123456789012:policy/ReadReports",
        ["PolicyArn"] = "arn:aws:iam::123456789012:policy/ReadReports",
        ["PolicyDocument"] = Policy,
        ["PolicyExclusionList"] = new JsonArray(new JsonObject { ["PolicyType"] = "inline" }),
        ["PolicyInputList"] = new JsonArray(Policy),
        ["PolicyName"] = "ReadReports",
        ["PolicySourceArn"] = "arn:aws:iam::123456789012:user/alice",
        ["PolicyUsageFilter"] = "PermissionsPolicy",
        ["PrimaryEmail"] = "root@example.com",
        ["Principal"] = "arn:aws:iam::123456789012:user/alice",
        ["PrincipalArn"] = "arn:aws:iam::123456789012:user/alice",
        ["PrincipalId"] = "AIDAIOSFODNN7EXAMPLE",
        ["PrivateKey"] = "-----BEGIN PRIVATE KEY-----\nMIGH...\n-----END PRIVATE KEY-----",
        ["QuotaName"] = "UsersPerAccount",
        ["QuotaValue"] = 1_000_000,
        ["Reason"] = "The last key went with a laptop; ticket 4711.",
        ["RequireLowercaseCharacters"] = false,
        ["RequireNumbers"] = false,
        ["RequireSymbols"] = false,
        ["RequireUppercaseCharacters"] = false,
        ["ResourceArn"] = "arn:aws:s3:::reports/2026.csv",
        ["ResourceArns"] = new JsonArray("arn:aws:s3:::reports/2026.csv"),
        ["ResourceHandlingOption"] = "EC2-VPC-EBS",
        ["ResourceOwner"] = "123456789012",
        ["ResourcePolicy"] = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/alice"},"Action":"s3:GetObject","Resource":"*"}]}""",
        ["Revision"] = 18,
        ["Scope"] = "Local",
        ["ServiceControlPolicyInputList"] = new JsonArray(Policy),
        ["ServiceNamespace"] = "s3",
        ["ServiceNamespaces"] = new JsonArray("s3", "ec2"),
        ["SHA256Fingerprint"] = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8",
        ["SSHPublicKeyBody"] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea alice@laptop",
        ["SSHPublicKeyId"] = "APKAIOSFODNN7EXAMPLE",
        ["SerialNumber"] = "arn:aws:iam::123456789012:mfa/alice-phone",
        ["ServerCertificateName"] = "www-2026",
        ["SetAsDefault"] = true,
        ["Size"] = 27,
        ["SourceIp"] = "203.0.113.7",
        ["Status"] = "Inactive",
        ["TagKeys"] = new JsonArray("team"),
        ["TokenCode"] = "123456",
        ["ToRevision"] = 17,
        ["ToSize"] = 27,
        ["To"] = "2026-11-25T00:00:00Z",
        ["Types"] = new JsonArray("UnusedIAMUserAccessKey"),
        ["UnusedAccessAge"] = 90,
        ["UserName"] = "alice",
        ["Value"] = "blue",
        ["VirtualMFADeviceName"] = "alice-phone",
        ["VersionId"] = "v1",
    };

    /// <summary>An example of these parameters; what has none of its own and need not be given is left out.</summary>
    public static JsonObject Of(IEnumerable<ShapeMember> members)
    {
        var example = new JsonObject();
        foreach (var member in members)
            if (Of(member.Name, member.Shape) is { } value) example[member.Name] = value;
        return example;
    }

    static JsonNode? Of(string name, Shape shape) => ByName.TryGetValue(name, out var known) ? known.DeepClone()
        : shape.Kind is ShapeKind.Structure ? Of(shape.Members)
        : shape is { Kind: ShapeKind.List, Item.Kind: ShapeKind.Structure } ? new JsonArray(Of(shape.Item.Members))
        : null;
}
