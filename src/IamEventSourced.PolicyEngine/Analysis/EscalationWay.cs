namespace IamEventSourced.PolicyEngine;

/// <summary>A known way in which permissions on identities let a caller gain more than it has.</summary>
/// <param name="Name">What the caller does.</param>
/// <param name="Actions">The actions it needs, all of them.</param>
/// <param name="Resource">The resources they act on.</param>
/// <param name="OnOthers">Whether it gains only by acting on another than itself.</param>
/// <param name="Citation">Where it is described.</param>
internal sealed record EscalationWay(string Name, string[] Actions, string Resource, bool OnOthers, string Citation)
{
    private const string Rhino = "Rhino Security Labs, AWS IAM Privilege Escalation Methods, no. ";
    private const string Mitre = "MITRE ATT&CK ";
    private const string Guide = "AWS IAM User Guide, ";
    private const string Users = "arn:*:iam::*:user/*";
    private const string Groups = "arn:*:iam::*:group/*";
    private const string Roles = "arn:*:iam::*:role/*";
    private const string Policies = "arn:*:iam::*:policy/*";

    internal static EscalationWay[] All { get; } =
    [
        new("makes a new version of a policy it has", ["iam:CreatePolicyVersion"], Policies, false, Rhino + "1"),
        new("makes an older, wider version of a policy the default", ["iam:SetDefaultPolicyVersion"], Policies, false, Rhino + "2"),
        new("makes an access key for another user", ["iam:CreateAccessKey"], Users, true, Rhino + "4"),
        new("gives another user a password", ["iam:CreateLoginProfile"], Users, true, Rhino + "5"),
        new("changes another user's password", ["iam:UpdateLoginProfile"], Users, true, Rhino + "6"),
        new("attaches a policy to a user", ["iam:AttachUserPolicy"], Users, false, Rhino + "7"),
        new("attaches a policy to a group", ["iam:AttachGroupPolicy"], Groups, false, Rhino + "8"),
        new("attaches a policy to a role", ["iam:AttachRolePolicy"], Roles, false, Rhino + "9"),
        new("writes a policy on a user", ["iam:PutUserPolicy"], Users, false, Rhino + "10"),
        new("writes a policy on a group", ["iam:PutGroupPolicy"], Groups, false, Rhino + "11"),
        new("writes a policy on a role", ["iam:PutRolePolicy"], Roles, false, Rhino + "12"),
        new("adds a user to a group", ["iam:AddUserToGroup"], Groups, false, Rhino + "13"),
        new("changes who may assume a role", ["iam:UpdateAssumeRolePolicy"], Roles, false, Rhino + "14"),
        new("passes a role to a service that runs its code", ["iam:PassRole"], Roles, false, Rhino + "3, 15–17, 19, 21, 22, 24 and 27"),
        new("makes another user's inactive access key active", ["iam:UpdateAccessKey"], Users, true, Mitre + "T1098, Account Manipulation"),
        new("enrols an MFA device for another user", ["iam:EnableMFADevice"], Users, true, Mitre + "T1098.005, Device Registration"),
        new("takes away the MFA device that a condition asks for", ["iam:DeactivateMFADevice"], Users, true, Mitre + "T1556.006, Multi-Factor Authentication"),
        new("takes away a permissions boundary", ["iam:DeleteUserPermissionsBoundary"], Users, false, Guide + "Permissions boundaries for IAM entities"),
        new("replaces a permissions boundary", ["iam:PutUserPermissionsBoundary"], Users, false, Guide + "Permissions boundaries for IAM entities"),
        new("takes away a role's permissions boundary", ["iam:DeleteRolePermissionsBoundary"], Roles, false, Guide + "Permissions boundaries for IAM entities"),
        new("replaces a role's permissions boundary", ["iam:PutRolePermissionsBoundary"], Roles, false, Guide + "Permissions boundaries for IAM entities"),
        new("detaches a policy that only denies from a user", ["iam:DetachUserPolicy"], Users, false, Guide + "The difference between explicit and implicit denies"),
        new("detaches a policy that only denies from a group", ["iam:DetachGroupPolicy"], Groups, false, Guide + "The difference between explicit and implicit denies"),
        new("deletes a policy of a user that only denies", ["iam:DeleteUserPolicy"], Users, false, Guide + "The difference between explicit and implicit denies"),
        new("deletes a policy of a group that only denies", ["iam:DeleteGroupPolicy"], Groups, false, Guide + "The difference between explicit and implicit denies"),
        new("leaves a group that only denies", ["iam:RemoveUserFromGroup"], Groups, false, Guide + "The difference between explicit and implicit denies"),
        new("makes a user anew under a name that policies trust", ["iam:DeleteUser", "iam:CreateUser"], Users, true, Guide + "IAM identifiers, Unique identifiers"),
        new("renames or moves a user under a pattern that allows more", ["iam:UpdateUser"], Users, false, Guide + "Rename an IAM user"),
        new("renames or moves a group under a pattern that allows more", ["iam:UpdateGroup"], Groups, false, Guide + "Rename an IAM user group"),
        new("changes a user's tags that conditions ask for", ["iam:TagUser"], Users, false, Guide + "Controlling access to and for IAM users and roles using tags"),
        new("takes away a user's tags that conditions ask for", ["iam:UntagUser"], Users, false, Guide + "Controlling access to and for IAM users and roles using tags"),
        new("loosens the account's rules for passwords", ["iam:UpdateAccountPasswordPolicy"], "*", false, Mitre + "T1556, Modify Authentication Process"),
        new("takes away the account's rules for passwords", ["iam:DeleteAccountPasswordPolicy"], "*", false, Mitre + "T1556, Modify Authentication Process"),
    ];
}
