namespace IamEventSourced;

/// <summary>How many of everything there are in the account and may be, in AWS's 34 numbers; of what this service does not have, 0.</summary>
public sealed record GetAccountSummary : IQuery<GetAccountSummaryAnswer>
{
    Extent IQuery.Extent => new Extent.Counts();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetAccountSummaryAnswer> Answer(Directory directory, Call call)
    {
        var (counts, quotas) = (directory.Counts, directory.Quotas);
        return new GetAccountSummaryAnswer(new OrderedDictionary<string, int>(StringComparer.Ordinal)
        {
            ["Users"] = counts.Users, ["UsersQuota"] = quotas.UsersPerAccount,
            ["Groups"] = counts.Groups, ["GroupsQuota"] = quotas.GroupsPerAccount, ["GroupsPerUserQuota"] = quotas.GroupsPerUser,
            ["Policies"] = counts.Policies, ["PoliciesQuota"] = quotas.PoliciesPerAccount, ["PolicySizeQuota"] = quotas.PolicySize, ["VersionsPerPolicyQuota"] = quotas.VersionsPerPolicy,
            ["PolicyVersionsInUse"] = counts.PoliciesInUse, ["PolicyVersionsInUseQuota"] = 0,
            ["AttachedPoliciesPerUserQuota"] = quotas.AttachedPoliciesPerUser, ["AttachedPoliciesPerGroupQuota"] = quotas.AttachedPoliciesPerGroup, ["AttachedPoliciesPerRoleQuota"] = 0,
            ["UserPolicySizeQuota"] = quotas.UserPolicySize, ["GroupPolicySizeQuota"] = quotas.GroupPolicySize, ["RolePolicySizeQuota"] = 0, ["AssumeRolePolicySizeQuota"] = 0,
            ["AccessKeysPerUserQuota"] = quotas.AccessKeysPerUser, ["AccountAccessKeysPresent"] = directory.RootKeys.Count > 0 ? 1 : 0,
            ["AccountPasswordPresent"] = directory.RootLoginProfile is null ? 0 : 1, ["AccountMFAEnabled"] = directory.RootMFADevices.Count > 0 ? 1 : 0, ["MFADevices"] = counts.MFADevices, ["MFADevicesInUse"] = counts.MFADevicesInUse,
            ["AccountSigningCertificatesPresent"] = 0, ["SigningCertificatesPerUserQuota"] = 0, ["ServerCertificates"] = counts.ServerCertificates, ["ServerCertificatesQuota"] = quotas.ServerCertificatesPerAccount,
            ["Roles"] = 0, ["RolesQuota"] = 0, ["InstanceProfiles"] = 0, ["InstanceProfilesQuota"] = 0, ["Providers"] = 0, ["GlobalEndpointTokenVersion"] = 0,
        });
    }
}

/// <summary>The numbers of an account.</summary>
/// <param name="SummaryMap">By AWS's names. PolicyVersionsInUse: managed policies that are attached, each with its version in force.</param>
public sealed record GetAccountSummaryAnswer(IReadOnlyDictionary<string, int> SummaryMap);

/// <summary>How many there are.</summary>
/// <param name="Users">Users.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Policies">Managed policies of the account's own.</param>
/// <param name="PoliciesInUse">Managed policies that are attached to anybody.</param>
/// <param name="ServerCertificates">Server certificates.</param>
/// <param name="MFADevices">Virtual MFA devices.</param>
/// <param name="MFADevicesInUse">Those that are somebody's.</param>
public sealed record AccountCounts(int Users, int Groups, int Policies, int PoliciesInUse, int ServerCertificates, int MFADevices, int MFADevicesInUse);
