using System.Globalization;

namespace IamEventSourced;

/// <summary>What a run of events does to the facts of an account, folded by key, so that a fact that begins and ends within it is whole.</summary>
public sealed class FactIntervals
{
    /// <summary>A fact that began.</summary>
    /// <param name="Key">Which one, in the order of <see cref="FactKind.Key"/>.</param>
    /// <param name="Values">What it is like, in the order of <see cref="FactKind.Values"/>.</param>
    /// <param name="From">Since when.</param>
    public sealed record Fact(string[] Key, string?[] Values, Stamp From)
    {
        /// <summary>When it ended; null: it has not.</summary>
        public Stamp? To { get; internal set; }
    }

    /// <summary>Of one kind: the facts from before that ended, if there were such, and those that began.</summary>
    public sealed class OfKind
    {
        readonly Dictionary<string, Fact> _open = new(StringComparer.Ordinal);
        readonly HashSet<string> _closed = new(StringComparer.Ordinal);

        /// <summary>Facts that ended, if they were so before the run.</summary>
        public List<(string[] Key, Stamp To)> Closed { get; } = [];
        /// <summary>Facts that began.</summary>
        public List<Fact> Written { get; } = [];

        internal void Close(Stamp at, string[] key)
        {
            var name = string.Join('\0', key);
            if (_open.Remove(name, out var fact)) fact.To = at;
            else if (_closed.Add(name)) Closed.Add((key, at));
        }

        internal void Open(Stamp at, string[] key, string?[] values)
        {
            Close(at, key);
            var fact = new Fact(key, values, at);
            _open[string.Join('\0', key)] = fact;
            Written.Add(fact);
        }
    }

    readonly Dictionary<FactKind, OfKind> _kinds = [];

    /// <summary>What was done, by the kinds of facts.</summary>
    public IReadOnlyDictionary<FactKind, OfKind> Kinds => _kinds;

    OfKind this[FactKind kind] => _kinds.TryGetValue(kind, out var changes) ? changes : _kinds[kind] = new();

    /// <summary>One more event, in the order of the stream.</summary>
    public void Add(AccountId account, AccountEvent @event, Stamp at)
    {
        switch (@event)
        {
            case AccountCreated e: Open(FactKind.Accounts, [account.Value], e.AccountName?.Value); break;
            case AccountRenamed e: Open(FactKind.Accounts, [account.Value], e.AccountName.Value); break;
            case PrimaryEmailSet: Open(FactKind.PrimaryEmails, [account.Value]); break;
            case RootRecovered: break; // of which the events with it are the facts
            case AccountClosed: Close(FactKind.Accounts, account.Value); break;
            case AccountAliasCreated e: Open(FactKind.Aliases, [account.Value], e.AccountAlias.Value); break;
            case AccountAliasDeleted: Close(FactKind.Aliases, account.Value); break;
            case AccountQuotaSet e: Open(FactKind.Quotas, [e.QuotaName.Value], Text(e.QuotaValue)); break;
            case AccountPasswordPolicyUpdated e:
                Open(FactKind.PasswordPolicies, [account.Value], Text(e.MinimumPasswordLength), Text(e.RequireSymbols), Text(e.RequireNumbers), Text(e.RequireUppercaseCharacters), Text(e.RequireLowercaseCharacters),
                    Text(e.AllowUsersToChangePassword), Text(e.MaxPasswordAge), Text(e.PasswordReusePrevention), Text(e.HardExpiry));
                break;
            case AccountPasswordPolicyDeleted: Close(FactKind.PasswordPolicies, account.Value); break;
            case CatalogueAdopted e: Open(FactKind.AdoptedCatalogues, [account.Value], e.Digest.Value); break;

            case UserCreated e: Open(FactKind.Users, [e.UserId.Value], e.UserName.Value, e.Path.Value); break;
            case UserRenamed e: Open(FactKind.Users, [e.UserId.Value], e.UserName.Value, e.Path.Value); break;
            case UserDeleted e: Close(FactKind.Users, e.UserId.Value); break;
            case UserPolicyPut e: OpenInline(e.UserId.Value, e.PolicyName, e.PolicyDocument); break;
            case UserPolicyDeleted e: CloseInline(e.UserId.Value, e.PolicyName); break;
            case UserPolicyAttached e: Open(FactKind.Attachments, [e.UserId.Value, e.PolicyId.Value]); break;
            case UserPolicyDetached e: Close(FactKind.Attachments, e.UserId.Value, e.PolicyId.Value); break;
            case UserPermissionsBoundaryPut e: Open(FactKind.Boundaries, [e.UserId.Value], e.PolicyId.Value); break;
            case UserPermissionsBoundaryDeleted e: Close(FactKind.Boundaries, e.UserId.Value); break;
            case UserTagged e: OpenTag(e.UserId.Value, e.TagKey, e.TagValue); break;
            case UserUntagged e: CloseTag(e.UserId.Value, e.TagKey); break;

            case GroupCreated e: Open(FactKind.Groups, [e.GroupId.Value], e.GroupName.Value, e.Path.Value); break;
            case GroupRenamed e: Open(FactKind.Groups, [e.GroupId.Value], e.GroupName.Value, e.Path.Value); break;
            case GroupDeleted e: Close(FactKind.Groups, e.GroupId.Value); break;
            case UserAddedToGroup e: Open(FactKind.Memberships, [e.GroupId.Value, e.UserId.Value]); break;
            case UserRemovedFromGroup e: Close(FactKind.Memberships, e.GroupId.Value, e.UserId.Value); break;
            case GroupPolicyPut e: OpenInline(e.GroupId.Value, e.PolicyName, e.PolicyDocument); break;
            case GroupPolicyDeleted e: CloseInline(e.GroupId.Value, e.PolicyName); break;
            case GroupPolicyAttached e: Open(FactKind.Attachments, [e.GroupId.Value, e.PolicyId.Value]); break;
            case GroupPolicyDetached e: Close(FactKind.Attachments, e.GroupId.Value, e.PolicyId.Value); break;

            case PolicyCreated e:
                Open(FactKind.Policies, [e.PolicyId.Value], e.PolicyName.Value, e.Path.Value, e.Description?.Value);
                Open(FactKind.PolicyVersions, [e.PolicyId.Value, VersionId.First.Value], e.PolicyDocument.Value);
                Open(FactKind.DefaultVersions, [e.PolicyId.Value], VersionId.First.Value);
                break;
            case PolicyVersionCreated e: Open(FactKind.PolicyVersions, [e.PolicyId.Value, e.VersionId.Value], e.PolicyDocument.Value); break;
            case DefaultPolicyVersionSet e: Open(FactKind.DefaultVersions, [e.PolicyId.Value], e.VersionId.Value); break;
            case PolicyVersionDeleted e: Close(FactKind.PolicyVersions, e.PolicyId.Value, e.VersionId.Value); break;
            case PolicyTagged e: OpenTag(e.PolicyId.Value, e.TagKey, e.TagValue); break;
            case PolicyUntagged e: CloseTag(e.PolicyId.Value, e.TagKey); break;
            case PolicyDeleted e:
                Close(FactKind.Policies, e.PolicyId.Value);
                Close(FactKind.DefaultVersions, e.PolicyId.Value);
                Close(FactKind.PolicyVersions, e.PolicyId.Value, e.VersionId.Value);
                break;

            case AccessKeyCreated e:
                Open(FactKind.AccessKeys, [e.AccessKeyId.Value], e.UserId?.Value);
                Open(FactKind.AccessKeyStatuses, [e.AccessKeyId.Value], StatusType.Active.Value);
                break;
            case AccessKeyStatusSet e: Open(FactKind.AccessKeyStatuses, [e.AccessKeyId.Value], e.Status.Value); break;
            case AccessKeyDeleted e:
                Close(FactKind.AccessKeys, e.AccessKeyId.Value);
                Close(FactKind.AccessKeyStatuses, e.AccessKeyId.Value);
                break;

            case LoginProfileCreated e:
                Open(FactKind.LoginProfiles, [PrincipalOf(e.UserId)]);
                SetPassword(PrincipalOf(e.UserId), e.PasswordId, e.PasswordResetRequired);
                break;
            case PasswordChanged e: SetPassword(PrincipalOf(e.UserId), e.PasswordId, e.PasswordResetRequired); break;
            case PasswordResetRequiredSet e: SetPasswordReset(e.UserId.Value, e.PasswordResetRequired); break;
            case LoginProfileDeleted e:
                foreach (var kind in (FactKind[])[FactKind.LoginProfiles, FactKind.Passwords, FactKind.PasswordResets]) Close(kind, PrincipalOf(e.UserId));
                break;

            case VirtualMFADeviceCreated e: Open(FactKind.MFADevices, [e.MFADeviceId.Value], e.VirtualMFADeviceName.Value, e.Path.Value); break;
            case VirtualMFADeviceDeleted e: Close(FactKind.MFADevices, e.MFADeviceId.Value); break;
            case MFADeviceEnabled e: Open(FactKind.MFAAssignments, [e.MFADeviceId.Value], e.UserId?.Value); break;
            case MFADeviceDeactivated e: Close(FactKind.MFAAssignments, e.MFADeviceId.Value); break;
            case MFADeviceResynced: break; // nothing is asked of the past for which a device's clock matters
            case MFADeviceTagged e: OpenTag(e.MFADeviceId.Value, e.TagKey, e.TagValue); break;
            case MFADeviceUntagged e: CloseTag(e.MFADeviceId.Value, e.TagKey); break;

            case SSHPublicKeyUploaded e:
                Open(FactKind.SSHPublicKeys, [e.SSHPublicKeyId.Value], e.UserId.Value, SSHKey.Of(e.SSHPublicKeyBody).Fingerprint.Value, e.SSHPublicKeyBody.Value);
                Open(FactKind.SSHPublicKeyStatuses, [e.SSHPublicKeyId.Value], StatusType.Active.Value);
                break;
            case SSHPublicKeyStatusSet e: Open(FactKind.SSHPublicKeyStatuses, [e.SSHPublicKeyId.Value], e.Status.Value); break;
            case SSHPublicKeyDeleted e:
                Close(FactKind.SSHPublicKeys, e.SSHPublicKeyId.Value);
                Close(FactKind.SSHPublicKeyStatuses, e.SSHPublicKeyId.Value);
                break;

            case ServerCertificateUploaded e:
                Open(FactKind.ServerCertificates, [e.ServerCertificateId.Value], e.ServerCertificateName.Value, e.Path.Value);
                Open(FactKind.ServerCertificateBodies, [e.ServerCertificateId.Value], e.CertificateBody.Value, e.CertificateChain?.Value);
                break;
            case ServerCertificateRenamed e: Open(FactKind.ServerCertificates, [e.ServerCertificateId.Value], e.ServerCertificateName.Value, e.Path.Value); break;
            case ServerCertificateTagged e: OpenTag(e.ServerCertificateId.Value, e.TagKey, e.TagValue); break;
            case ServerCertificateUntagged e: CloseTag(e.ServerCertificateId.Value, e.TagKey); break;
            case ServerCertificateDeleted e:
                Close(FactKind.ServerCertificates, e.ServerCertificateId.Value);
                Close(FactKind.ServerCertificateBodies, e.ServerCertificateId.Value);
                break;

            default: throw new ArgumentException($"No facts are described for {@event.StoredName()}.", nameof(@event));
        }

        void Open(FactKind kind, string[] key, params string?[] values) => this[kind].Open(at, key, values);
        void Close(FactKind kind, params string[] key) => this[kind].Close(at, key);
        string PrincipalOf(UserId? user) => user?.Value ?? account.Value; // none: root
        void SetPassword(string principal, PasswordId password, bool resetRequired)
        {
            Open(FactKind.Passwords, [principal], password.Value);
            SetPasswordReset(principal, resetRequired);
        }
        void SetPasswordReset(string principal, bool required)
        {
            if (required) Open(FactKind.PasswordResets, [principal]);
            else Close(FactKind.PasswordResets, principal);
        }
        void OpenInline(string owner, PolicyName name, PolicyText document) => Open(FactKind.InlinePolicies, [owner, KeyOf(name)], name.Value, document.Value);
        void OpenTag(string entity, TagKey key, TagValue value) => Open(FactKind.Tags, [entity, KeyOf(key)], key.Value, value.Value);
        void CloseTag(string entity, TagKey key) => Close(FactKind.Tags, entity, KeyOf(key));
        void CloseInline(string owner, PolicyName name) => Close(FactKind.InlinePolicies, owner, KeyOf(name));
    }

    /// <summary>A number as it stands in a fact.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A truth value as it stands in a fact.</summary>
    public static string Text(bool value) => value ? "true" : "false";

    /// <summary>A tag's key as it is compared: without case.</summary>
    public static string KeyOf(TagKey key) => key.Value.ToUpperInvariant();

    /// <summary>An inline policy's name as it is compared: without case.</summary>
    public static string KeyOf(PolicyName name) => name.Value.ToUpperInvariant();
}
