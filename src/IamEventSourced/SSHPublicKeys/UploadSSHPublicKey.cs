namespace IamEventSourced;

/// <summary>
/// Gives a user an SSH public key, active: what a Git server asks for by <see cref="GetUserBySSHPublicKey"/>. A key is one user's in the account, so that who
/// shows the private one is one user: of another, where AWS would let both have it, DuplicateSSHPublicKey too. A comment is not kept.
/// </summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyBody">RSA of 2,048–16,384 bits, ECDSA (P-256, P-384, P-521) or Ed25519, as OpenSSH writes it or in PEM. Written otherwise: UnrecognizedPublicKeyEncoding; malformed or too short: InvalidPublicKey.</param>
public sealed record UploadSSHPublicKey(UserName UserName, SSHPublicKeyBody SSHPublicKeyBody) : ICommand<UploadSSHPublicKeyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        var (key, unfit) = SSHKey.Read(SSHPublicKeyBody);
        if (key is null) return unfit!;
        if (directory.SSHKeyOwners.Contains(key.Fingerprint)) return IamError.DuplicateSSHPublicKey(key.Fingerprint);
        if (user.SSHPublicKeys.Count >= directory.Quotas.SSHPublicKeysPerUser) return IamError.LimitExceeded("SSHPublicKeysPerUser", directory.Quotas.SSHPublicKeysPerUser);

        return new SSHPublicKeyUploaded(call.Ids.Next("APKA"), user.Id, key.Body);
    }

    /// <inheritdoc/>
    public UploadSSHPublicKeyAnswer Answer(Directory after, Outcome outcome)
    {
        var uploaded = (SSHPublicKeyUploaded)outcome.Events[0];
        var user = after.Users[uploaded.UserId];
        return new(SSHPublicKeyAnswer.Of(user, user.SSHPublicKeyOf(uploaded.SSHPublicKeyId)));
    }
}

/// <summary>The key that was uploaded.</summary>
public sealed record UploadSSHPublicKeyAnswer(SSHPublicKeyAnswer SSHPublicKey);

/// <summary>An SSH public key, as AWS describes it, and the fingerprint that OpenSSH shows today.</summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyId">Its id.</param>
/// <param name="Fingerprint">MD5 of the key, with colons.</param>
/// <param name="SHA256Fingerprint">SHA-256 of the key as OpenSSH shows it; not of AWS's.</param>
/// <param name="SSHPublicKeyBody">The key, in the encoding that was asked for; else as OpenSSH writes it.</param>
/// <param name="Status">Active or Inactive.</param>
/// <param name="UploadDate">When it was uploaded.</param>
public sealed record SSHPublicKeyAnswer(UserName UserName, SSHPublicKeyId SSHPublicKeyId, string Fingerprint, SSHKeyFingerprint SHA256Fingerprint, SSHPublicKeyBody SSHPublicKeyBody, StatusType Status, DateTimeOffset UploadDate)
{
    /// <summary>A user's key.</summary>
    internal static SSHPublicKeyAnswer Of(User user, SSHPublicKey key, SSHPublicKeyEncoding? encoding = null)
    {
        var read = SSHKey.Of(key.Body);
        return new(user.Name, key.Id, read.Md5Fingerprint, read.Fingerprint, encoding == SSHPublicKeyEncoding.Pem ? read.Pem : key.Body, key.Status, key.Uploaded.At);
    }
}
