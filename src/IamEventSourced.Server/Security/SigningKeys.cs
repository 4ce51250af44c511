namespace IamEventSourced.Server;

/// <summary>
/// Signing keys that were derived, so that a client's next request on the same day costs one HMAC instead of five and a
/// decryption. It is no authority: whoever asks it has first seen the access key active in its account.
/// </summary>
/// <param name="capacity">How many are held; when full, all are let go: they are cheap to derive again.</param>
public sealed class SigningKeys(int capacity = 10_000)
{
    readonly Lock gate = new();
    readonly Dictionary<AccessKeyId, Dictionary<(string? SessionToken, SigningScope), byte[]>> held = []; // a session's id is a matter of chance, its token is the session
    int count;
    long forgotten;

    /// <summary>How many are held.</summary>
    public int Count { get { lock (gate) return count; } }

    /// <summary>How often something was let go. To be read before the access key is looked up.</summary>
    public long Forgotten { get { lock (gate) return forgotten; } }

    /// <summary>
    /// Whether the key's secret made the signature. Only keys that signed truly are held, so nobody without a secret can fill this.
    /// </summary>
    /// <param name="signature">The signature.</param>
    /// <param name="secret">The secret of <see cref="GivenSignature.Key"/>; asked only when no key is held.</param>
    /// <param name="since"><see cref="Forgotten"/> from before the access key was seen active. When anything was let go since, it may be no more: then what is derived is not held.</param>
    public bool Matches(GivenSignature signature, Func<Secret> secret, long since)
    {
        var of = (signature.SessionToken, signature.Scope);
        byte[]? key;
        lock (gate) key = held.GetValueOrDefault(signature.Key)?.GetValueOrDefault(of);
        if (key is not null) return signature.Matches(key);

        key = SignatureV4.DeriveKey(secret(), signature.Scope);
        if (!signature.Matches(key)) return false;
        lock (gate)
        {
            if (forgotten != since) return true;
            if (count >= capacity)
            {
                held.Clear();
                count = 0;
            }
            if (!held.TryGetValue(signature.Key, out var ofKey)) held.Add(signature.Key, ofKey = []);
            if (ofKey.TryAdd(of, key)) count++;
        }
        return true;
    }

    /// <summary>Lets go what was derived from the secret of an access key that is no more.</summary>
    public void Forget(AccessKeyId key)
    {
        lock (gate)
        {
            forgotten++;
            if (held.Remove(key, out var ofKey)) count -= ofKey.Count;
        }
    }

    /// <summary>Lets go what was derived of an account's access keys.</summary>
    public void Forget(AccountId account)
    {
        lock (gate)
        {
            forgotten++;
            foreach (var (key, ofKey) in held)
                if (key.Account == account && held.Remove(key)) count -= ofKey.Count;
        }
    }
}
