using System.Collections.Immutable;

namespace IamEventSourced;

/// <summary>An account at one revision: the fold of its stream. Immutable; a change makes the next directory.</summary>
/// <param name="Account">Whose.</param>
public sealed record Directory(AccountId Account)
{
    /// <summary>
    /// What the fold makes of the events that there are: raised when an <see cref="AccountEvent.Apply"/> comes to do something else
    /// than it did, so that no directory that was kept of the fold before is taken for one of this.
    /// </summary>
    public const int FoldVersion = 1;

    /// <summary>The number of the last event in it; 0 before the first: there is no such account.</summary>
    public long Revision { get; init; }

    /// <summary>The time of the last event in it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The event that made the account.</summary>
    public Stamp Created { get; init; }

    /// <summary>What people call the account, or null.</summary>
    public AccountName? Name { get; init; }

    /// <summary>The event that gave it this name; null: the one that made it, or it has none.</summary>
    public Stamp? Renamed { get; init; }

    /// <summary>The event that gave root its e-mail address, which is kept beside the stream and may have been erased there; null: it was given none.</summary>
    public Stamp? PrimaryEmailSet { get; init; }

    /// <summary>The event that closed the account; null: it is open.</summary>
    public Stamp? Closed { get; init; }

    /// <summary>The account's alias; null: it has none.</summary>
    public AliasInForce? Alias { get; init; }

    /// <summary>How much there may be of everything.</summary>
    public Quotas Quotas { get; init; } = Quotas.Default;

    /// <summary>The quotas that the operator has set, with the events that set them.</summary>
    public Table<QuotaName, Stamp> QuotasSet { get; init; } = Table<QuotaName, Stamp>.Empty;

    /// <summary>What is asked of the users' passwords; null: AWS's default.</summary>
    public PasswordPolicy? PasswordPolicy { get; init; }

    /// <summary>The access keys of the account's root user, with the events that made them.</summary>
    public Table<AccessKeyId, AccessKey> RootKeys { get; init; } = Table<AccessKeyId, AccessKey>.Empty;

    /// <summary>By what root signs in to the console; null: by nothing.</summary>
    public LoginProfile? RootLoginProfile { get; init; }

    /// <summary>Users.</summary>
    public Register<UserId, UserName, User> Users { get; init; } = Register<UserId, UserName, User>.Empty;

    /// <summary>Groups.</summary>
    public Register<GroupId, GroupName, Group> Groups { get; init; } = Register<GroupId, GroupName, Group>.Empty;

    /// <summary>The account's own managed policies.</summary>
    public Register<PolicyId, PolicyName, ManagedPolicy> Policies { get; init; } = Register<PolicyId, PolicyName, ManagedPolicy>.Empty;

    /// <summary>Server certificates.</summary>
    public Register<ServerCertificateId, ServerCertificateName, ServerCertificate> ServerCertificates { get; init; } = Register<ServerCertificateId, ServerCertificateName, ServerCertificate>.Empty;

    /// <summary>Virtual MFA devices.</summary>
    public Register<MFADeviceId, VirtualMFADeviceName, VirtualMFADevice> MFADevices { get; init; } = Register<MFADeviceId, VirtualMFADeviceName, VirtualMFADevice>.Empty;

    /// <summary>Root's MFA devices, with the events that enabled them.</summary>
    public Table<MFADeviceId, Stamp> RootMFADevices { get; init; } = Table<MFADeviceId, Stamp>.Empty;

    /// <summary>How many MFA devices are somebody's.</summary>
    public int MFADevicesInUse { get; init; }

    /// <summary>How many managed policies are attached to anybody.</summary>
    public int PoliciesInUse { get; init; }

    /// <summary>The counts of an account of which only a part is loaded; null: all is here to be counted.</summary>
    public AccountCounts? WholeCounts { get; init; }

    /// <summary>How many there are of what an account has many of.</summary>
    public AccountCounts Counts => WholeCounts ?? new(Users.Count, Groups.Count, Policies.Count, PoliciesInUse, ServerCertificates.Count, MFADevices.Count, MFADevicesInUse);

    /// <summary>The catalogues of AWS-managed policies that the account adopted, in order; the last is the one in force.</summary>
    public ImmutableArray<Adoption> Adoptions { get; init; } = [];

    /// <summary>AWS-managed policies with those who have them: only such as anybody had since the last adoption. The others are the catalogue's.</summary>
    public Table<PolicyId, ManagedPolicy> AwsPolicies { get; init; } = Table<PolicyId, ManagedPolicy>.Empty;

    /// <summary>Whose access key an id is; root's are not among them.</summary>
    public Table<AccessKeyId, UserId> KeyOwners { get; init; } = Table<AccessKeyId, UserId>.Empty;

    /// <summary>Whose SSH public key has a fingerprint, active or not; a key is one user's.</summary>
    public Table<SSHKeyFingerprint, UserId> SSHKeyOwners { get; init; } = Table<SSHKeyFingerprint, UserId>.Empty;

    /// <summary>The sets of policies that principals have, shared by all that have the same; they come along from directory to directory.</summary>
    internal GrantSets GrantSets { get; } = new();

    /// <summary>Whether the account exists.</summary>
    public bool Exists => Revision > 0;

    /// <summary>The directory after one more event.</summary>
    /// <param name="event">What happened.</param>
    /// <param name="at">When, in whole microseconds, not before <see cref="At"/>.</param>
    public Directory Apply(AccountEvent @event, DateTimeOffset at)
    {
        var stamp = new Stamp(Revision + 1, at);
        return @event.Apply(this, stamp) with { Revision = stamp.Revision, At = at };
    }
}
