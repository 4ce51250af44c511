using System.Globalization;

namespace IamEventSourced.Server;

/// <summary>What a run of events does to the interval rows, folded by key, so that a row opened and closed within it is written closed.</summary>
sealed class IntervalChanges
{
    /// <summary>A row to write.</summary>
    public sealed record Row(string[] Key, string?[] Values, Stamp From) { public Stamp? To { get; set; } }

    /// <summary>Of one table: the rows of the store to close, and the rows to write.</summary>
    public sealed class OfTable
    {
        readonly Dictionary<string, Row> _open = new(StringComparer.Ordinal);
        readonly HashSet<string> _closed = new(StringComparer.Ordinal);

        public List<(string[] Key, Stamp To)> Closed { get; } = [];
        public List<Row> Written { get; } = [];

        public void Close(Stamp at, string[] key)
        {
            var name = string.Join('\0', key);
            if (_open.Remove(name, out var row)) row.To = at;
            else if (_closed.Add(name)) Closed.Add((key, at));
        }

        public void Open(Stamp at, string[] key, string?[] values)
        {
            Close(at, key);
            var row = new Row(key, values, at);
            _open[string.Join('\0', key)] = row;
            Written.Add(row);
        }
    }

    readonly Dictionary<IntervalTable, OfTable> _tables = [];

    public IReadOnlyDictionary<IntervalTable, OfTable> Tables => _tables;

    OfTable this[IntervalTable table] => _tables.TryGetValue(table, out var changes) ? changes : _tables[table] = new();

    /// <summary>One more event, in the order of the stream.</summary>
    public void Add(AccountId account, AccountEvent @event, Stamp at)
    {
        switch (@event)
        {
            case AccountCreated e: Open(IntervalTable.Accounts, [account.Value], e.AccountName?.Value); break;
            case AccountRenamed e: Open(IntervalTable.Accounts, [account.Value], e.AccountName.Value); break;
            case RootRecovered: break; // of which the events with it are the facts
            case AccountClosed: Close(IntervalTable.Accounts, account.Value); break;
            case AccountAliasCreated e: Open(IntervalTable.Aliases, [account.Value], e.AccountAlias.Value); break;
            case AccountAliasDeleted: Close(IntervalTable.Aliases, account.Value); break;
            case AccountQuotaSet e: Open(IntervalTable.Quotas, [e.QuotaName.Value], Text(e.QuotaValue)); break;
            case AccountPasswordPolicyUpdated e:
                Open(IntervalTable.PasswordPolicies, [account.Value], Text(e.MinimumPasswordLength), Text(e.RequireSymbols), Text(e.RequireNumbers), Text(e.RequireUppercaseCharacters), Text(e.RequireLowercaseCharacters),
                    Text(e.AllowUsersToChangePassword), Text(e.MaxPasswordAge), Text(e.PasswordReusePrevention), Text(e.HardExpiry));
                break;
            case AccountPasswordPolicyDeleted: Close(IntervalTable.PasswordPolicies, account.Value); break;
            case CatalogueAdopted e: Open(IntervalTable.AdoptedCatalogues, [account.Value], e.Digest.Value); break;

            case UserCreated e: Open(IntervalTable.Users, [e.UserId.Value], e.UserName.Value, e.Path.Value); break;
            case UserRenamed e: Open(IntervalTable.Users, [e.UserId.Value], e.UserName.Value, e.Path.Value); break;
            case UserDeleted e: Close(IntervalTable.Users, e.UserId.Value); break;
            case UserPolicyPut e: OpenInline(e.UserId.Value, e.PolicyName, e.PolicyDocument); break;
            case UserPolicyDeleted e: CloseInline(e.UserId.Value, e.PolicyName); break;
            case UserPolicyAttached e: Open(IntervalTable.Attachments, [e.UserId.Value, e.PolicyId.Value]); break;
            case UserPolicyDetached e: Close(IntervalTable.Attachments, e.UserId.Value, e.PolicyId.Value); break;
            case UserPermissionsBoundaryPut e: Open(IntervalTable.Boundaries, [e.UserId.Value], e.PolicyId.Value); break;
            case UserPermissionsBoundaryDeleted e: Close(IntervalTable.Boundaries, e.UserId.Value); break;
            case UserTagged e: OpenTag(e.UserId.Value, e.TagKey, e.TagValue); break;
            case UserUntagged e: CloseTag(e.UserId.Value, e.TagKey); break;

            case GroupCreated e: Open(IntervalTable.Groups, [e.GroupId.Value], e.GroupName.Value, e.Path.Value); break;
            case GroupRenamed e: Open(IntervalTable.Groups, [e.GroupId.Value], e.GroupName.Value, e.Path.Value); break;
            case GroupDeleted e: Close(IntervalTable.Groups, e.GroupId.Value); break;
            case UserAddedToGroup e: Open(IntervalTable.Memberships, [e.GroupId.Value, e.UserId.Value]); break;
            case UserRemovedFromGroup e: Close(IntervalTable.Memberships, e.GroupId.Value, e.UserId.Value); break;
            case GroupPolicyPut e: OpenInline(e.GroupId.Value, e.PolicyName, e.PolicyDocument); break;
            case GroupPolicyDeleted e: CloseInline(e.GroupId.Value, e.PolicyName); break;
            case GroupPolicyAttached e: Open(IntervalTable.Attachments, [e.GroupId.Value, e.PolicyId.Value]); break;
            case GroupPolicyDetached e: Close(IntervalTable.Attachments, e.GroupId.Value, e.PolicyId.Value); break;

            case PolicyCreated e:
                Open(IntervalTable.Policies, [e.PolicyId.Value], e.PolicyName.Value, e.Path.Value, e.Description?.Value);
                Open(IntervalTable.PolicyVersions, [e.PolicyId.Value, VersionId.First.Value], e.PolicyDocument.Value);
                Open(IntervalTable.DefaultVersions, [e.PolicyId.Value], VersionId.First.Value);
                break;
            case PolicyVersionCreated e: Open(IntervalTable.PolicyVersions, [e.PolicyId.Value, e.VersionId.Value], e.PolicyDocument.Value); break;
            case DefaultPolicyVersionSet e: Open(IntervalTable.DefaultVersions, [e.PolicyId.Value], e.VersionId.Value); break;
            case PolicyVersionDeleted e: Close(IntervalTable.PolicyVersions, e.PolicyId.Value, e.VersionId.Value); break;
            case PolicyTagged e: OpenTag(e.PolicyId.Value, e.TagKey, e.TagValue); break;
            case PolicyUntagged e: CloseTag(e.PolicyId.Value, e.TagKey); break;
            case PolicyDeleted e:
                Close(IntervalTable.Policies, e.PolicyId.Value);
                Close(IntervalTable.DefaultVersions, e.PolicyId.Value);
                Close(IntervalTable.PolicyVersions, e.PolicyId.Value, e.VersionId.Value);
                break;

            case AccessKeyCreated e:
                Open(IntervalTable.AccessKeys, [e.AccessKeyId.Value], e.UserId?.Value);
                Open(IntervalTable.AccessKeyStatuses, [e.AccessKeyId.Value], StatusType.Active.Value);
                break;
            case AccessKeyStatusSet e: Open(IntervalTable.AccessKeyStatuses, [e.AccessKeyId.Value], e.Status.Value); break;
            case AccessKeyDeleted e:
                Close(IntervalTable.AccessKeys, e.AccessKeyId.Value);
                Close(IntervalTable.AccessKeyStatuses, e.AccessKeyId.Value);
                break;

            case LoginProfileCreated e:
                Open(IntervalTable.LoginProfiles, [PrincipalOf(e.UserId)]);
                SetPassword(PrincipalOf(e.UserId), e.PasswordId, e.PasswordResetRequired);
                break;
            case PasswordChanged e: SetPassword(PrincipalOf(e.UserId), e.PasswordId, e.PasswordResetRequired); break;
            case PasswordResetRequiredSet e: SetPasswordReset(e.UserId.Value, e.PasswordResetRequired); break;
            case LoginProfileDeleted e:
                foreach (var table in (IntervalTable[])[IntervalTable.LoginProfiles, IntervalTable.Passwords, IntervalTable.PasswordResets]) Close(table, PrincipalOf(e.UserId));
                break;

            case VirtualMFADeviceCreated e: Open(IntervalTable.MFADevices, [e.MFADeviceId.Value], e.VirtualMFADeviceName.Value, e.Path.Value); break;
            case VirtualMFADeviceDeleted e: Close(IntervalTable.MFADevices, e.MFADeviceId.Value); break;
            case MFADeviceEnabled e: Open(IntervalTable.MFAAssignments, [e.MFADeviceId.Value], e.UserId?.Value); break;
            case MFADeviceDeactivated e: Close(IntervalTable.MFAAssignments, e.MFADeviceId.Value); break;
            case MFADeviceResynced: break; // nothing is asked of the past for which a device's clock matters
            case MFADeviceTagged e: OpenTag(e.MFADeviceId.Value, e.TagKey, e.TagValue); break;
            case MFADeviceUntagged e: CloseTag(e.MFADeviceId.Value, e.TagKey); break;

            case SSHPublicKeyUploaded e:
                Open(IntervalTable.SSHPublicKeys, [e.SSHPublicKeyId.Value], e.UserId.Value, SSHKey.Of(e.SSHPublicKeyBody).Fingerprint.Value, e.SSHPublicKeyBody.Value);
                Open(IntervalTable.SSHPublicKeyStatuses, [e.SSHPublicKeyId.Value], StatusType.Active.Value);
                break;
            case SSHPublicKeyStatusSet e: Open(IntervalTable.SSHPublicKeyStatuses, [e.SSHPublicKeyId.Value], e.Status.Value); break;
            case SSHPublicKeyDeleted e:
                Close(IntervalTable.SSHPublicKeys, e.SSHPublicKeyId.Value);
                Close(IntervalTable.SSHPublicKeyStatuses, e.SSHPublicKeyId.Value);
                break;

            case ServerCertificateUploaded e:
                Open(IntervalTable.ServerCertificates, [e.ServerCertificateId.Value], e.ServerCertificateName.Value, e.Path.Value);
                Open(IntervalTable.ServerCertificateBodies, [e.ServerCertificateId.Value], e.CertificateBody.Value, e.CertificateChain?.Value);
                break;
            case ServerCertificateRenamed e: Open(IntervalTable.ServerCertificates, [e.ServerCertificateId.Value], e.ServerCertificateName.Value, e.Path.Value); break;
            case ServerCertificateTagged e: OpenTag(e.ServerCertificateId.Value, e.TagKey, e.TagValue); break;
            case ServerCertificateUntagged e: CloseTag(e.ServerCertificateId.Value, e.TagKey); break;
            case ServerCertificateDeleted e:
                Close(IntervalTable.ServerCertificates, e.ServerCertificateId.Value);
                Close(IntervalTable.ServerCertificateBodies, e.ServerCertificateId.Value);
                break;

            default: throw new ArgumentException($"No rows are described for {@event.StoredName()}.", nameof(@event));
        }

        void Open(IntervalTable table, string[] key, params string?[] values) => this[table].Open(at, key, values);
        void Close(IntervalTable table, params string[] key) => this[table].Close(at, key);
        string PrincipalOf(UserId? user) => user?.Value ?? account.Value; // none: root
        void SetPassword(string principal, PasswordId password, bool resetRequired)
        {
            Open(IntervalTable.Passwords, [principal], password.Value);
            SetPasswordReset(principal, resetRequired);
        }
        void SetPasswordReset(string principal, bool required)
        {
            if (required) Open(IntervalTable.PasswordResets, [principal]);
            else Close(IntervalTable.PasswordResets, principal);
        }
        void OpenInline(string owner, PolicyName name, PolicyText document) => Open(IntervalTable.InlinePolicies, [owner, KeyOf(name)], name.Value, document.Value);
        void OpenTag(string entity, TagKey key, TagValue value) => Open(IntervalTable.Tags, [entity, KeyOf(key)], key.Value, value.Value);
        void CloseTag(string entity, TagKey key) => Close(IntervalTable.Tags, entity, KeyOf(key));
        void CloseInline(string owner, PolicyName name) => Close(IntervalTable.InlinePolicies, owner, KeyOf(name));
    }

    /// <summary>A number as it stands in a row.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A truth value as it stands in a row.</summary>
    public static string Text(bool value) => value ? "true" : "false";

    /// <summary>A tag's key as it is compared: without case.</summary>
    public static string KeyOf(TagKey key) => key.Value.ToUpperInvariant();

    /// <summary>An inline policy's name as it is compared: without case.</summary>
    public static string KeyOf(PolicyName name) => name.Value.ToUpperInvariant();
}
