namespace IamEventSourced;

/// <summary>
/// Which user has this SSH public key, as an SSH server asks when somebody comes with it (OpenSSH's <c>AuthorizedKeysCommand</c>). Not of AWS's, which keeps
/// the question to CodeCommit. A key that is inactive, or nobody's: NoSuchEntity.
/// </summary>
/// <param name="SHA256Fingerprint">The key's fingerprint, which OpenSSH calls <c>%f</c>; this, the body or both.</param>
/// <param name="SSHPublicKeyBody">The key, as OpenSSH writes it (<c>%t %k</c>) or in PEM; with a fingerprint that is another key's: InvalidInput.</param>
public sealed record GetUserBySSHPublicKey(SSHKeyFingerprint? SHA256Fingerprint = null, SSHPublicKeyBody? SSHPublicKeyBody = null) : IQuery<GetUserBySSHPublicKeyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GetUserBySSHPublicKeyAnswer> Answer(Directory directory, Call call)
    {
        var (key, unfit) = SSHPublicKeyBody is null ? default : SSHKey.Read(SSHPublicKeyBody);
        if (unfit is not null) return unfit;
        if ((SHA256Fingerprint ?? key?.Fingerprint) is not { } fingerprint) return IamError.InvalidInput("Give SHA256Fingerprint or SSHPublicKeyBody.");
        if (key is not null && key.Fingerprint != fingerprint) return IamError.InvalidInput($"SHA256Fingerprint: that of SSHPublicKeyBody is {key.Fingerprint}.");
        if (directory.FindSSHPublicKey(fingerprint) is not var (user, found) || found.Status != StatusType.Active) return IamError.NoSuchEntity($"No user has {fingerprint} as an active SSH public key.");

        return new GetUserBySSHPublicKeyAnswer(user.Name, user.Id, directory.ArnOf(user), found.Id, found.Body, found.Status);
    }
}

/// <summary>Whose the key is.</summary>
/// <param name="UserName">The user.</param>
/// <param name="UserId">The user's id, which outlasts the name.</param>
/// <param name="Arn">The user's ARN: as principal, what <see cref="Authorize"/> is to be asked about.</param>
/// <param name="SSHPublicKeyId">The key's id.</param>
/// <param name="SSHPublicKeyBody">The key, as OpenSSH writes it: a line of <c>authorized_keys</c>.</param>
/// <param name="Status">Active.</param>
public sealed record GetUserBySSHPublicKeyAnswer(UserName UserName, UserId UserId, Arn Arn, SSHPublicKeyId SSHPublicKeyId, SSHPublicKeyBody SSHPublicKeyBody, StatusType Status);
