namespace IamEventSourced;

/// <summary>An SSH public key of a user: a Git server that is shown the private one lets the user in.</summary>
/// <param name="Id">APKA…, for ever.</param>
/// <param name="Body">The key as OpenSSH writes it, without a comment.</param>
/// <param name="Uploaded">The event that brought it.</param>
public sealed record SSHPublicKey(SSHPublicKeyId Id, SSHPublicKeyBody Body, Stamp Uploaded)
{
    /// <summary>Whether it lets in; it does from its upload on.</summary>
    public StatusType Status { get; init; } = StatusType.Active;
    /// <summary>The event that put the status in place.</summary>
    public Stamp StatusSince { get; init; } = Uploaded;
}

/// <summary>AWS: 20–128 of letters, digits and _; APKA and 17 more where they are given here.</summary>
public sealed record SSHPublicKeyId(string Value) : Text<SSHPublicKeyId>(Value), IText<SSHPublicKeyId>, IEntityId
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(20, 128, "[A-Za-z0-9_]+");
    /// <inheritdoc/>
    public static implicit operator SSHPublicKeyId(string text) => new(text);
}

/// <summary>AWS: up to 16,384 characters, of Latin-1 without most of its control characters: one key, in OpenSSH's form or in PEM.</summary>
public sealed record SSHPublicKeyBody(string Value) : Text<SSHPublicKeyBody>(Value), IText<SSHPublicKeyBody>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 16_384, @"[\u0009\u000A\u000D\u0020-\u00FF]+");
    /// <inheritdoc/>
    public static implicit operator SSHPublicKeyBody(string text) => new(text);
}

/// <summary>AWS: how a key is to be written: SSH, as OpenSSH does, or PEM.</summary>
public sealed record SSHPublicKeyEncoding(string Value) : Text<SSHPublicKeyEncoding>(Value), IText<SSHPublicKeyEncoding>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 3, "SSH|PEM");
    /// <inheritdoc/>
    public static implicit operator SSHPublicKeyEncoding(string text) => new(text);

    /// <summary>In PEM.</summary>
    public static SSHPublicKeyEncoding Pem { get; } = "PEM";
}

/// <summary>SHA-256 of a key as OpenSSH shows it: <c>SHA256:</c> and 43 of base64. (By the older MD5 nobody is found: two keys can be made to share one.)</summary>
public sealed record SSHKeyFingerprint(string Value) : Text<SSHKeyFingerprint>(Value), IText<SSHKeyFingerprint>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(50, 50, "SHA256:[A-Za-z0-9+/]{43}");
    /// <inheritdoc/>
    public static implicit operator SSHKeyFingerprint(string text) => new(text);
}

/// <summary>What can be asked of the SSH public keys.</summary>
public static class SSHPublicKeyDirectory
{
    extension(Directory directory)
    {
        /// <summary>The user that has the key of this fingerprint, and the key, active or not; null: nobody has it.</summary>
        public (User User, SSHPublicKey Key)? FindSSHPublicKey(SSHKeyFingerprint fingerprint) =>
            directory.SSHKeyOwners.TryGet(fingerprint, out var owner) && directory.Users[owner] is var user ? (user, user.SSHPublicKeys.First(key => SSHKey.Of(key.Value.Body).Fingerprint == fingerprint).Value) : null;
    }

    extension(User user)
    {
        /// <summary>The user's key of this id.</summary>
        /// <exception cref="KeyNotFoundException">The history has none.</exception>
        internal SSHPublicKey SSHPublicKeyOf(SSHPublicKeyId id) => user.SSHPublicKeys.TryGet(id, out var key) ? key : throw new KeyNotFoundException($"The history does not have {id}.");
    }
}

/// <summary>What AWS says of SSH public keys, said once.</summary>
public static class SSHPublicKeyRefusals
{
    extension(IamError)
    {
        /// <summary>404: the user has no such key, or no longer.</summary>
        public static IamError NoSuchSSHPublicKey(SSHPublicKeyId id) => IamError.NoSuchEntity($"The Public Key with id {id} cannot be found.");

        /// <summary>400: what was uploaded is no key that could let anybody in.</summary>
        public static IamError InvalidPublicKey(string why) => new("InvalidPublicKey", 400, $"The SSH public key is invalid: {why}");

        /// <summary>400: what was uploaded is written in no way that is known here.</summary>
        public static IamError UnrecognizedPublicKeyEncoding => new("UnrecognizedPublicKeyEncoding", 400,
            "The SSH public key must be in OpenSSH's form (ssh-rsa, ecdsa-sha2-nistp256, -384, -521 or ssh-ed25519) or in PEM (PUBLIC KEY or RSA PUBLIC KEY).");

        /// <summary>400: the key is in use; whose it is, is not told.</summary>
        public static IamError DuplicateSSHPublicKey(SSHKeyFingerprint fingerprint) => new("DuplicateSSHPublicKey", 400, $"The SSH public key {fingerprint} is already associated with a user of this account.");
    }
}
