#!/usr/bin/env python3
"""Writes the stored samples: run by hand once for a new event, never again for one that is stored.

The leaf is computed here from the text of design.md alone (section 4.6), without any code of the service: SHA-256 over a zero byte and the
RFC 8785 form of all that is stored. For strings, whole numbers and ASCII member names json.dumps with sorted keys writes that form.
"""
import hashlib, json, pathlib

UNIT = dict(account="111122223333", revision=7, schema=1, at="2026-11-24T05:06:07.123456Z",
            by=dict(principal="AIDAALICE00000000001", key="AKIAALICEALICEALICEA", arn="arn:aws:iam::111122223333:user/team/alice"),
            command="c-1", index=1, correlation="m-1", causation="m-2")
USER, GROUP, POLICY, KEY = "AIDABOB0000000000001", "AGPAADMINS0000000001", "ANPAREAD000000000001", "AKIAQNZGKIQY56JQ7WML"
OTHER_POLICY = "ANPAWRITE00000000001"
DEVICE = "AMFAPHONE00000000001"
CERTIFICATE, PEM = "ASCAWWW0000000000001", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
PASSWORD, OLD_PASSWORD = "APWDBOBS000000000001", "APWDOLD0000000000001"
SSH_KEY, SSH_BODY = "APKABOBSKEY000000001", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
PRINT = hashlib.sha256(b"iam-secret-fingerprint\nsecret").hexdigest()
# Quotes, a backslash, white space and a letter beyond ASCII: what a writer of JSON can get wrong.
TEXT = "{\"Version\":\"2012-10-17\",\r\n\t\"Statement\":{\"Sid\":\"\u00c4\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"a\\/b<&'>\"}}"

SAMPLES = {
    "account-created": dict(AccountName="Example Works"),
    "account-created.unnamed": dict(),
    "account-renamed": dict(AccountName="Example Works"),
    "account-primary-email-set": dict(),
    "account-root-recovered": dict(Reason="The last key went with a laptop; ticket 4711."),
    "account-closed": dict(),
    "account-alias-created": dict(AccountAlias="example-works"),
    "account-alias-deleted": dict(),
    "account-quota-set": dict(QuotaName="UsersPerAccount", QuotaValue=1000000),
    "account-password-policy-updated": dict(MinimumPasswordLength=14, RequireSymbols=True, RequireNumbers=False, RequireUppercaseCharacters=True, RequireLowercaseCharacters=False, AllowUsersToChangePassword=True, MaxPasswordAge=365, PasswordReusePrevention=5, HardExpiry=True),
    "account-password-policy-updated.defaults": dict(MinimumPasswordLength=6, RequireSymbols=False, RequireNumbers=False, RequireUppercaseCharacters=False, RequireLowercaseCharacters=False, AllowUsersToChangePassword=False, MaxPasswordAge=0, PasswordReusePrevention=0, HardExpiry=False),
    "account-password-policy-deleted": dict(),
    "catalogue-adopted": dict(Digest=hashlib.sha256(b'{"Policies":[]}').hexdigest()),
    "user-created": dict(UserId=USER, UserName="Bob", Path="/team/"),
    "user-renamed": dict(UserId=USER, UserName="Carol", Path="/"),
    "user-deleted": dict(UserId=USER),
    "user-policy-put": dict(UserId=USER, PolicyName="own", PolicyDocument=TEXT),
    "user-policy-deleted": dict(UserId=USER, PolicyName="own"),
    "user-policy-attached": dict(UserId=USER, PolicyId=POLICY),
    "user-policy-detached": dict(UserId=USER, PolicyId=POLICY),
    "user-permissions-boundary-put": dict(UserId=USER, PolicyId=POLICY),
    "user-permissions-boundary-put.replacing": dict(UserId=USER, PolicyId=POLICY, ReplacedPolicyId=OTHER_POLICY),
    "user-permissions-boundary-deleted": dict(UserId=USER, PolicyId=POLICY),
    "user-tagged": dict(UserId=USER, TagKey="Team: \u00c4 1", TagValue="blue/+=@_-."),
    "user-tagged.empty": dict(UserId=USER, TagKey="team", TagValue=""),
    "user-untagged": dict(UserId=USER, TagKey="team"),
    "policy-tagged": dict(PolicyId=POLICY, TagKey="team", TagValue="blue"),
    "policy-untagged": dict(PolicyId=POLICY, TagKey="team"),
    "group-created": dict(GroupId=GROUP, GroupName="Admins", Path="/eng/"),
    "group-renamed": dict(GroupId=GROUP, GroupName="Chiefs", Path="/"),
    "group-deleted": dict(GroupId=GROUP),
    "user-added-to-group": dict(GroupId=GROUP, UserId=USER),
    "user-removed-from-group": dict(GroupId=GROUP, UserId=USER),
    "group-policy-put": dict(GroupId=GROUP, PolicyName="own", PolicyDocument=TEXT),
    "group-policy-deleted": dict(GroupId=GROUP, PolicyName="own"),
    "group-policy-attached": dict(GroupId=GROUP, PolicyId=POLICY),
    "group-policy-detached": dict(GroupId=GROUP, PolicyId=POLICY),
    "policy-created": dict(PolicyId=POLICY, PolicyName="Read", Path="/std/", Description="Reads \u20ac\U0001F600.", PolicyDocument=TEXT),
    "policy-created.undescribed": dict(PolicyId=POLICY, PolicyName="Read", Path="/", PolicyDocument=TEXT),
    "policy-version-created": dict(PolicyId=POLICY, VersionId="v2", PolicyDocument=TEXT),
    "default-policy-version-set": dict(PolicyId=POLICY, VersionId="v2"),
    "policy-version-deleted": dict(PolicyId=POLICY, VersionId="v1"),
    "policy-deleted": dict(PolicyId=POLICY, VersionId="v2"),
    "access-key-created": dict(AccessKeyId=KEY, UserId=USER, Fingerprint=PRINT),
    "access-key-created.root": dict(AccessKeyId=KEY, Fingerprint=PRINT),
    "access-key-status-set": dict(AccessKeyId=KEY, UserId=USER, Status="Inactive"),
    "access-key-status-set.root": dict(AccessKeyId=KEY, Status="Active"),
    "access-key-deleted": dict(AccessKeyId=KEY, UserId=USER),
    "access-key-deleted.root": dict(AccessKeyId=KEY),
    "login-profile-created": dict(PasswordId=PASSWORD, UserId=USER, PasswordResetRequired=True),
    "login-profile-created.root": dict(PasswordId=OLD_PASSWORD, PasswordResetRequired=False),
    "password-changed": dict(PasswordId=PASSWORD, UserId=USER, ReplacedPasswordId=OLD_PASSWORD, PasswordResetRequired=True),
    "password-changed.root": dict(PasswordId=PASSWORD, ReplacedPasswordId=OLD_PASSWORD, PasswordResetRequired=False),
    "password-reset-required-set": dict(PasswordId=PASSWORD, UserId=USER, PasswordResetRequired=True),
    "login-profile-deleted": dict(PasswordId=PASSWORD, UserId=USER),
    "login-profile-deleted.root": dict(PasswordId=PASSWORD),
    "virtual-mfa-device-created": dict(MFADeviceId=DEVICE, VirtualMFADeviceName="Phone", Path="/team/", Fingerprint=PRINT),
    "mfa-device-enabled": dict(MFADeviceId=DEVICE, UserId=USER, Drift=-2),
    "mfa-device-enabled.root": dict(MFADeviceId=DEVICE, Drift=0),
    "mfa-device-resynced": dict(MFADeviceId=DEVICE, UserId=USER, Drift=3),
    "mfa-device-resynced.root": dict(MFADeviceId=DEVICE, Drift=-3),
    "mfa-device-deactivated": dict(MFADeviceId=DEVICE, UserId=USER),
    "mfa-device-deactivated.root": dict(MFADeviceId=DEVICE),
    "mfa-device-tagged": dict(MFADeviceId=DEVICE, TagKey="team", TagValue="blue"),
    "mfa-device-untagged": dict(MFADeviceId=DEVICE, TagKey="team"),
    "virtual-mfa-device-deleted": dict(MFADeviceId=DEVICE),
    "ssh-public-key-uploaded": dict(SSHPublicKeyId=SSH_KEY, UserId=USER, SSHPublicKeyBody=SSH_BODY),
    "ssh-public-key-status-set": dict(SSHPublicKeyId=SSH_KEY, UserId=USER, Status="Inactive"),
    "ssh-public-key-deleted": dict(SSHPublicKeyId=SSH_KEY, UserId=USER),
    "server-certificate-uploaded": dict(ServerCertificateId=CERTIFICATE, ServerCertificateName="WWW", Path="/cloudfront/", CertificateBody=PEM, CertificateChain=PEM + "\n" + PEM, Fingerprint=PRINT),
    "server-certificate-uploaded.unchained": dict(ServerCertificateId=CERTIFICATE, ServerCertificateName="WWW", Path="/", CertificateBody=PEM, Fingerprint=PRINT),
    "server-certificate-renamed": dict(ServerCertificateId=CERTIFICATE, ServerCertificateName="www-2", Path="/"),
    "server-certificate-tagged": dict(ServerCertificateId=CERTIFICATE, TagKey="team", TagValue="blue"),
    "server-certificate-untagged": dict(ServerCertificateId=CERTIFICATE, TagKey="team"),
    "server-certificate-deleted": dict(ServerCertificateId=CERTIFICATE),
}

for name, data in SAMPLES.items():
    file = pathlib.Path(__file__).with_name(name + ".json")
    if file.exists():
        continue
    stored = dict(UNIT, type=name.split(".")[0], data=data)
    canonical = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    file.write_text(json.dumps(dict(data=data, leaf=hashlib.sha256(b"\0" + canonical).hexdigest()), ensure_ascii=False) + "\n", encoding="utf-8")
