namespace IamEventSourced;

/// <summary>Makes an SSH public key active or inactive. An inactive one is kept, and lets nobody in.</summary>
/// <param name="UserName">Whose.</param>
/// <param name="SSHPublicKeyId">The key.</param>
/// <param name="Status">Active or Inactive; the one it has already changes nothing.</param>
public sealed record UpdateSSHPublicKey(UserName UserName, SSHPublicKeyId SSHPublicKeyId, StatusType Status) : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [directory.ArnOf(UserName)];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Users.Find(UserName) is not { } user) return IamError.NoSuchEntity("user", UserName);
        if (!user.SSHPublicKeys.TryGet(SSHPublicKeyId, out var key)) return IamError.NoSuchSSHPublicKey(SSHPublicKeyId);
        if (key.Status == Status) return Outcome.Unchanged;

        return new SSHPublicKeyStatusSet(SSHPublicKeyId, user.Id, Status);
    }
}
