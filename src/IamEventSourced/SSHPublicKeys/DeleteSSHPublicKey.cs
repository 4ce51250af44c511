namespace IamEventSourced;

/// <summary>Takes an SSH public key away from a user; it can be another's then.</summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyId">The key.</param>
public sealed record DeleteSSHPublicKey(UserName UserName, SSHPublicKeyId SSHPublicKeyId) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (!user.SSHPublicKeys.Contains(SSHPublicKeyId)) return IamError.NoSuchSSHPublicKey(SSHPublicKeyId);

        return new SSHPublicKeyDeleted(SSHPublicKeyId, user.Id);
    }
}
