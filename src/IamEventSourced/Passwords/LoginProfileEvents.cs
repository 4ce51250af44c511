namespace IamEventSourced;

/// <summary>A user, or, where none is named, root, got a login profile with this password.</summary>
[Stored("login-profile-created")]
public sealed record LoginProfileCreated(PasswordId PasswordId, UserId? UserId, bool PasswordResetRequired) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretKind.Password.Of(PasswordId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory.WithLoginProfile(UserId, _ => new(PasswordId, stamp, stamp, PasswordResetRequired ? stamp : null));
}

/// <summary>A user, or, where none is named, root, has this password in place of another.</summary>
[Stored("password-changed")]
public sealed record PasswordChanged(PasswordId PasswordId, UserId? UserId, PasswordId ReplacedPasswordId, bool PasswordResetRequired) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? KeepsSecret() => SecretKind.Password.Of(PasswordId);

    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretKind.Password.Of(ReplacedPasswordId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) =>
        directory.WithLoginProfile(UserId, before => before! with { PasswordId = PasswordId, PasswordSince = stamp, PasswordResetRequired = PasswordResetRequired ? stamp : null });
}

/// <summary>Whether a user has to change its password at the next sign-in was set.</summary>
[Stored("password-reset-required-set")]
public sealed record PasswordResetRequiredSet(PasswordId PasswordId, UserId UserId, bool PasswordResetRequired) : AccountEvent
{
    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory.WithLoginProfile(UserId, before => before! with { PasswordResetRequired = PasswordResetRequired ? stamp : null });
}

/// <summary>A user, or, where none is named, root, has no login profile any more, and its password is gone.</summary>
[Stored("login-profile-deleted")]
public sealed record LoginProfileDeleted(PasswordId PasswordId, UserId? UserId) : AccountEvent
{
    /// <inheritdoc/>
    public override SecretId? EndsSecret() => SecretKind.Password.Of(PasswordId);

    /// <inheritdoc/>
    public override Directory Apply(Directory directory, Stamp stamp) => directory.WithLoginProfile(UserId, _ => null);
}

static class LoginProfileChanges
{
    extension(Directory directory)
    {
        public Directory WithLoginProfile(UserId? user, Func<LoginProfile?, LoginProfile?> change) => user is null
            ? directory with { RootLoginProfile = change(directory.RootLoginProfile) }
            : directory with { Users = directory.Users.With(user, one => one with { LoginProfile = change(one.LoginProfile) }) };
    }
}
