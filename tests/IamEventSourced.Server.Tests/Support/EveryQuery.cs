namespace IamEventSourced.Server.Tests;

/// <summary>Each query of the service with parameters that meet something, and its further pages.</summary>
static class EveryQuery
{
    /// <summary>The same list from the marker on.</summary>
    public static IQuery NextPage(IQuery query, Marker marker) => query switch
    {
        ListUsers q => q with { Marker = marker }, ListGroups q => q with { Marker = marker }, GetGroup q => q with { Marker = marker }, ListGroupsForUser q => q with { Marker = marker },
        ListAttachedUserPolicies q => q with { Marker = marker }, ListAttachedGroupPolicies q => q with { Marker = marker }, ListUserPolicies q => q with { Marker = marker }, ListGroupPolicies q => q with { Marker = marker },
        ListPolicyVersions q => q with { Marker = marker }, ListUserTags q => q with { Marker = marker }, ListPolicyTags q => q with { Marker = marker },
        ListPolicies q => q with { Marker = marker }, ListEntitiesForPolicy q => q with { Marker = marker }, ListAccessKeys q => q with { Marker = marker }, ListSSHPublicKeys q => q with { Marker = marker }, ListServerCertificates q => q with { Marker = marker }, ListServerCertificateTags q => q with { Marker = marker }, ListMFADevices q => q with { Marker = marker }, ListVirtualMFADevices q => q with { Marker = marker }, ListMFADeviceTags q => q with { Marker = marker }, ListAccountAliases q => q with { Marker = marker }, GetAccountAuthorizationDetails q => q with { Marker = marker }, ListPrincipalsAllowed q => q with { Marker = marker }, SimulateCustomPolicy q => q with { Marker = marker }, SimulatePrincipalPolicy q => q with { Marker = marker },
        _ => throw new InvalidOperationException($"{query.GetType().Name} has pages?"),
    };

    /// <summary>Every query, of what <see cref="RandomCommands"/> and the test that begins with more may have made.</summary>
    public static IEnumerable<IQuery> Of(AccountId account, Directory then)
    {
        var one = new MaxItems(1);
        yield return new GetCallerIdentity();
        yield return new GetAccessKeyInfo(AccessKeyId.Of(account, 5));
        yield return new GetCatalogue();
        yield return new GetAccountInformation();
        foreach (Arn policy in RandomCommands.AwsPolicies)
        {
            yield return new GetPolicy(policy);
            yield return new GetPolicyVersion(policy, "v1");
            yield return new ListPolicyVersions(policy);
        }
        yield return new GetUser();
        yield return new GetAccountSummary();
        yield return new GenerateCredentialReport();
        yield return new GetAccountAuthorizationDetails();
        yield return new GetAccountAuthorizationDetails(MaxItems: 3);
        yield return new GetAccountAuthorizationDetails(["Group", "LocalManagedPolicy"], MaxItems: one);
        foreach (var (action, resource) in ((ActionName, ResourceName?)[])[("s3:GetObject", null), ("s3:PutObject", "arn:aws:s3:::ann/x"), ("s3:PutObject", "arn:aws:s3:::secret/x")]) yield return new ListPrincipalsAllowed(action, resource, MaxItems: 2);
        yield return new SimulateCustomPolicy(["""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::${aws:username}/*"}}"""], ["s3:GetObject", "s3:PutObject"], MaxItems: one);
        yield return new GetContextKeysForCustomPolicy(["""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::${aws:username}/*"}}"""]);
        yield return new ListAccountAliases();
        yield return new ListAccountQuotas();
        yield return new GetAccountPasswordPolicy();
        yield return new GetLoginProfile();
        yield return new ListAccessKeys();
        yield return new ListSSHPublicKeys();
        yield return new ListMFADevices();
        foreach (AssignmentStatusType? status in (AssignmentStatusType?[])[null, "Assigned", "Unassigned", "Any"]) yield return new ListVirtualMFADevices(status, MaxItems: one);
        foreach (SerialNumber serial in new[] { "mfa/ipad", "mfa/safe", "mfa/team/spare", "mfa/none" }.Select(device => Arn.Of(account, device).Value))
        {
            yield return new GetMFADevice(serial);
            yield return new GetMFADevice(serial, "early.bird");
            yield return new ListMFADeviceTags(serial, MaxItems: one);
            yield return new Authorize("iam:DeleteVirtualMFADevice", serial.Value);
        }
        yield return new ListServerCertificates();
        yield return new ListServerCertificates("/team", MaxItems: one);
        foreach (ServerCertificateName name in (string[])["www", "MAIL"])
        {
            yield return new GetServerCertificate(name);
            yield return new ListServerCertificateTags(name, MaxItems: one);
            yield return new Authorize("iam:DeleteServerCertificate", then.ArnOf(name).Value);
        }
        foreach (var key in RandomCommands.SSHKeys)
        {
            yield return new GetUserBySSHPublicKey(SSHKey.Of(key).Fingerprint);
            yield return new GetUserBySSHPublicKey(SSHPublicKeyBody: SSHKey.Of(key).Pem);
        }
        yield return new ListUsers(MaxItems: 2);
        yield return new ListUsers("/team", MaxItems: one);
        yield return new ListGroups(MaxItems: 2);
        yield return new ListGroups("/team/");
        foreach (var usage in (PolicyUsage?[])[null, PolicyUsage.PermissionsPolicy, PolicyUsage.PermissionsBoundary]) yield return new ListPolicies(PolicyUsageFilter: usage, MaxItems: 2);
        yield return new ListPolicies("Local", true, "/std/", MaxItems: one);
        yield return new ListPolicies("AWS");
        yield return new GetEffectivePermissions();
        yield return new Authorize("s3:GetObject");
        ICommand[] commands = [new CreateUser("ann"), new AddUserToGroup("devs", "bo"), new CreateAccessKey("cyd"), new UpdateAccessKey(AccessKeyId.Of(account, 5), "Inactive", "early.bird"), new DeleteServerCertificate("www"), new CreateLoginProfile("dee", "Correct-Horse-7")];
        foreach (Arn? by in (Arn?[])[null, then.ArnOf(new UserName("early.bird"))])
            yield return new SimulateCommands([.. commands.Select(CommandInput.Of)], by, [new("s3:GetObject", null, then.ArnOf(new UserName("bo")))]);
        foreach (UserName user in RandomCommands.Users.Append("EARLY.bird").Append("early.riser"))
        {
            yield return new GetUser(user);
            yield return new GetLoginProfile(user);
            yield return new Authorize("iam:ChangePassword", then.ArnOf(user).Value, then.ArnOf(user));
            yield return new ListAccessKeys(user, MaxItems: one);
            yield return new GenerateServiceLastAccessedDetails(then.ArnOf(user));
            yield return new ListPoliciesGrantingServiceAccess(then.ArnOf(user), ["s3", "IAM", "ec2"]);
            yield return new ListSSHPublicKeys(user, MaxItems: one);
            yield return new ListMFADevices(user, MaxItems: one);
            foreach (var key in then.Users.Find(user)?.SSHPublicKeys.Select(key => key.Key) ?? ["APKAAAAAAAAAAAAAAAAAA"]) yield return new GetSSHPublicKey(user, key, "PEM");
            yield return new ListGroupsForUser(user, MaxItems: one);
            yield return new ListAttachedUserPolicies(user, MaxItems: one);
            yield return new ListAttachedUserPolicies(user, "/std/");
            yield return new ListUserPolicies(user, MaxItems: one);
            yield return new ListUserTags(user, MaxItems: one);
            foreach (PolicyName policy in RandomCommands.InlineNames) yield return new GetUserPolicy(user, policy);
            var arn = then.ArnOf(user);
            yield return new GetEffectivePermissions(arn);
            yield return new SimulatePrincipalPolicy(arn, ["s3:GetObject", "s3:PutObject"], ResourceArns: [$"arn:aws:s3:::{user}/x", "arn:aws:s3:::secret/x"], ContextEntries: [new("aws:username", [user.Value])], MaxItems: 2);
            yield return new GetContextKeysForPrincipalPolicy(arn);
            foreach (var (action, resource) in ((ActionName, ResourceName)[])[("s3:GetObject", "*"), ("s3:PutObject", $"arn:aws:s3:::{user}/x"), ("s3:PutObject", "arn:aws:s3:::secret/x"), ("iam:DeleteUser", arn.Value)]) yield return new Authorize(action, resource, arn);
        }
        foreach (GroupName group in RandomCommands.Groups.Append("watch"))
        {
            yield return new GetGroup(group, MaxItems: one);
            yield return new GetGroup(group);
            yield return new ListAttachedGroupPolicies(group, MaxItems: one);
            yield return new ListGroupPolicies(group, MaxItems: one);
            yield return new GenerateServiceLastAccessedDetails(then.ArnOf(group), "ACTION_LEVEL");
            yield return new ListPoliciesGrantingServiceAccess(then.ArnOf(group), ["s3"]);
            yield return new SimulatePrincipalPolicy(then.ArnOf(group), ["s3:GetObject"]);
            foreach (PolicyName policy in RandomCommands.InlineNames) yield return new GetGroupPolicy(group, policy);
            yield return new Authorize("s3:GetObject", null, then.ArnOf(group)); // refused, in the same words
        }
        foreach (var name in RandomCommands.Policies.Append("kept").Append("short1"))
            foreach (var path in (string[])["/", "/std/"])
            {
                Arn policy = Arn.Of(account, $"policy{path}{name}");
                yield return new GetPolicy(policy);
                yield return new GenerateServiceLastAccessedDetails(policy);
                yield return new ListPolicyVersions(policy, MaxItems: one);
                yield return new ListPolicyTags(policy, MaxItems: one);
                yield return new ListEntitiesForPolicy(policy, MaxItems: one);
                yield return new ListEntitiesForPolicy(policy, "User", "/team/");
                foreach (var usage in (PolicyUsage[])[PolicyUsage.PermissionsPolicy, PolicyUsage.PermissionsBoundary]) yield return new ListEntitiesForPolicy(policy, PolicyUsageFilter: usage, MaxItems: 2);
                foreach (VersionId version in (string[])["v1", "v2", "v4"]) yield return new GetPolicyVersion(policy, version);
            }
    }
}
