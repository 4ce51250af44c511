namespace IamEventSourced;

/// <summary>A person or a program with an identity of its own.</summary>
/// <param name="Id">For ever.</param>
/// <param name="Name">For now; unique without case.</param>
/// <param name="Path">Before the name in the ARN.</param>
/// <param name="Created">The event that made it.</param>
public sealed record User(UserId Id, UserName Name, IamPath Path, Stamp Created) : IRegistered<UserId, UserName>
{
    /// <summary>The groups it is in, with the event by which it joined each.</summary>
    public Table<GroupId, Stamp> Groups { get; init; } = Table<GroupId, Stamp>.Empty;
    /// <summary>Inline policies, by name.</summary>
    public Table<PolicyName, InlinePolicy> Policies { get; init; } = Table<PolicyName, InlinePolicy>.Empty;
    /// <summary>Attached managed policies, with the event that attached each.</summary>
    public Table<PolicyId, Stamp> Attached { get; init; } = Table<PolicyId, Stamp>.Empty;
    /// <summary>The policy that bounds what it may do; null: nothing does.</summary>
    public Boundary? Boundary { get; init; }
    /// <summary>Tags, by key.</summary>
    public Table<TagKey, HeldTag> Tags { get; init; } = Table<TagKey, HeldTag>.Empty;
    /// <summary>Access keys.</summary>
    public Table<AccessKeyId, AccessKey> AccessKeys { get; init; } = Table<AccessKeyId, AccessKey>.Empty;
    /// <summary>MFA devices, with the events that enabled them.</summary>
    public Table<MFADeviceId, Stamp> MFADevices { get; init; } = Table<MFADeviceId, Stamp>.Empty;

    /// <summary>SSH public keys.</summary>
    public Table<SSHPublicKeyId, SSHPublicKey> SSHPublicKeys { get; init; } = Table<SSHPublicKeyId, SSHPublicKey>.Empty;
    /// <summary>By what it signs in to the console; null: by nothing.</summary>
    public LoginProfile? LoginProfile { get; init; }

    /// <summary>The user's own policies as they are in force, as last asked for.</summary>
    internal HeldSources Sources { get; } = new();
}

/// <summary>A permissions boundary: a managed policy that has to allow, too, whatever the user's own policies allow, and grants nothing itself (R86).</summary>
/// <param name="PolicyId">The policy.</param>
/// <param name="Since">The event that put it there.</param>
public sealed record Boundary(PolicyId PolicyId, Stamp Since);

/// <summary>AWS: 1–64 of letters, digits and _+=,.@-; unique without case.</summary>
public sealed record UserName(string Value) : Text<UserName>(Value), IText<UserName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 64, "[A-Za-z0-9_+=,.@-]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator UserName(string text) => new(text);
}

/// <summary>AIDA and 17 more; a re-created user of the same name gets another.</summary>
public sealed record UserId(string Value) : Text<UserId>(Value), IText<UserId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(16, 128, "AIDA[A-Z0-9]+");
    /// <inheritdoc/>
    public static implicit operator UserId(string text) => new(text);
}

/// <summary>What can be asked of the users.</summary>
public static class UserDirectory
{
    extension(Directory directory)
    {
        /// <summary>The user's ARN.</summary>
        public Arn ArnOf(User user) => Arn.Of(directory.Account, $"user{user.Path}{user.Name}");

        /// <summary>The user's ARN; that of a user on the root path where there is none of this name.</summary>
        public Arn ArnOf(UserName name) => directory.Users.Find(name) is { } user ? directory.ArnOf(user) : Arn.Of(directory.Account, $"user/{name}");

        /// <summary>The ARN of the user that the parameter names; where it names none, the caller's.</summary>
        public Arn ArnOf(UserName? name, Call call) => name is null ? directory.ArnOf(call.Caller) : directory.ArnOf(name);

        /// <summary>The user that the parameter names; where it names none, the calling user; null for root.</summary>
        public User? Find(UserName? name, Call call) => name is not null ? directory.Users.Find(name) : call.Caller is UserCaller caller ? directory.Users.Find(caller.UserId) : null;

        /// <summary>To change what the user may do; the policy that bounds it is the condition key <c>iam:PermissionsBoundary</c>.</summary>
        public Permission OnPermissionsOf(UserName name) =>
            new Permission(directory.ArnOf(name).Value).WithBoundary(directory.Users.Find(name)?.Boundary is { } boundary ? directory.ArnOf(directory.PolicyOf(boundary.PolicyId)) : null);

        /// <summary>The user of this ARN, written in the case it has; null when there is none.</summary>
        public User? FindUser(Arn arn) => directory.Users.Find(arn, directory.Account, "user");
    }
}
