namespace IamEventSourced;

/// <summary>An SSH public key of a user.</summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyId">The key.</param>
/// <param name="Encoding">How it is to be written: SSH, as OpenSSH does, or PEM (SubjectPublicKeyInfo).</param>
public sealed record GetSSHPublicKey(UserName UserName, SSHPublicKeyId SSHPublicKeyId, SSHPublicKeyEncoding Encoding) : IQuery<GetSSHPublicKeyAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Answer<GetSSHPublicKeyAnswer> Answer(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (!user.SSHPublicKeys.TryGet(SSHPublicKeyId, out var key)) return IamError.NoSuchSSHPublicKey(SSHPublicKeyId);

        return new GetSSHPublicKeyAnswer(SSHPublicKeyAnswer.Of(user, key, Encoding));
    }
}

/// <summary>The key.</summary>
public sealed record GetSSHPublicKeyAnswer(SSHPublicKeyAnswer SSHPublicKey);
