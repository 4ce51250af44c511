using System.Diagnostics.Metrics;

namespace IamEventSourced.Server;

/// <summary>
/// Who stands behind a signature. Its key says whose it is: an account's root or user, or the operator; the secret that is kept for it,
/// or comes from the session token beside it, has to have made the signature. There is no other way to become a <see cref="Caller"/> than these lines.
/// </summary>
sealed partial class Callers(LiveAccounts accounts, AccountStore store, Secrets secrets, OperatorKeys operators, SigningKeys keys, CredentialUses uses, RefusedAttempts refused, TimeProvider time, ILogger<Callers> log)
{
    static readonly Counter<long> Unreadable = new Meter(Telemetry.Name).CreateCounter<long>("iam.secrets.unreadable", description: "Signatures that could not be judged because what is kept of their key was changed behind the service's back. Always 0.");

    /// <summary>
    /// The caller; InvalidClientTokenId for a key or session that is not known, SignatureDoesNotMatch, ExpiredToken, ServiceUnavailable where nobody can be known now, or ServiceFailure
    /// where what is kept of the key is not what was: then it lets nobody in.
    /// </summary>
    /// <param name="signature">A signature of the right form, scope and time, of a request or of a message.</param>
    /// <param name="operation">The action that is asked for, as far as known: for the record of refused attempts.</param>
    /// <param name="sourceIp">The address of the connection itself; null for a message.</param>
    /// <param name="command">The command's id, for that record.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async ValueTask<Answer<Caller>> Find(GivenSignature signature, string operation, string? sourceIp, CommandId? command, CancellationToken cancel)
    {
        Caller? claimed = null;
        try
        {
            (Caller Caller, Func<Secret> Secret)? known;
            var since = keys.Forgotten;
            var isLive = IsLive(signature.Key.Account);
            known = isLive ? await Find(signature, cancel) : await Kept(signature, cancel);
            // A stranger may name any key: an account that is not live is opened only for who has the secret. Nothing is held of it before, since nobody would say when the key is no more.
            if (known is not null && !isLive && signature.Matches(known.Value.Secret())) known = await Find(signature, cancel);
            if (known is not var (caller, secret))
            {
                signature.MatchesNobody(); // the same work, so that time does not tell which keys exist
                return Refused(IamError.InvalidClientTokenId);
            }
            claimed = caller;
            if (!keys.Matches(signature, secret, since)) return Refused(IamError.SignatureDoesNotMatch());
            if (caller.Session is null) uses.Note(signature.Key, signature.Scope);
            else if (caller.Session.Expires <= time.GetUtcNow()) return Refused(IamError.ExpiredToken);
            return caller;
        }
        catch (Exception e) when (e.IsUnreachable || e is BrokenStreamException)
        {
            LogUnreachable(log, e);
            return IamError.ServiceUnavailable("The access key can't be looked up at the moment; try again.");
        }
        catch (SecretUnreadableException e)
        {
            Unreadable.Add(1);
            LogUnreadable(log, e);
            return Refused(IamError.ServiceFailure);
        }

        Answer<Caller> Refused(IamError error)
        {
            refused.Record(new(signature.Key.Account, claimed?.PrincipalId, signature.Key, operation, error.Code, error.Message, sourceIp, command));
            return error;
        }
    }

    /// <summary>The caller by what is kept of the key, or by what the session token says, without its account.</summary>
    async ValueTask<(Caller Caller, Func<Secret> Secret)?> Kept(GivenSignature signature, CancellationToken cancel)
    {
        var key = signature.Key;
        if (key.Account is not { } id) return null;
        if (signature.SessionToken is { } token)
            return await store.ReadDataKey(id, cancel) is { } its && SessionToken.Open(await secrets.Unwrap(id, its, cancel), key, token) is var (holder, session, own) ? (CallerOf(id, key, holder, session), own) : null;
        if (await store.FindKey(id, key, cancel) is not var (user, since, @sealed, wrapped)) return null;
        var dataKey = await secrets.Unwrap(id, wrapped, cancel);
        return (CallerOf(id, key, user), () => dataKey.Open(SecretKind.AccessKey.Of(key), since, @sealed));
    }

    bool IsLive(AccountId? account) => account is { } id && (id == AccountId.Operator || accounts.Live(id) is not null);

    static Caller CallerOf(AccountId account, AccessKeyId key, UserId? user, Session? session = null) => user is null ? new RootCaller(account, key) { Session = session } : new UserCaller(account, key, user) { Session = session };

    async ValueTask<(Caller Caller, Func<Secret> Secret)?> Find(GivenSignature signature, CancellationToken cancel)
    {
        var key = signature.Key;
        if (key.Account is not { } id) return null;
        if (id == AccountId.Operator) return signature.SessionToken is null && await operators.Find(key, cancel) is { } own ? (new OperatorCaller(key), () => own) : null;
        if (await accounts.Find(id, cancel) is not { } account) return null;
        if (Known() is { } known) return known;
        // It may have been made on another node a moment ago. What is kept is asked, as of an account that is not live, so that time does not tell which accounts are here.
        if (await Kept(signature, cancel) is null) return null;
        await account.Newest(cancel);
        return Known();

        (Caller, Func<Secret>)? Known() => signature.SessionToken is { } token
            ? account.SessionOf(key, token) is var (holder, session, its) ? (CallerOf(id, key, holder, session), its) : null
            : account.KeyOf(key) is var (user, secret) ? (CallerOf(id, key, user), secret) : null;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "What is kept of an access key was changed behind the service's back; it lets nobody in")]
    static partial void LogUnreadable(ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An access key could not be looked up")]
    static partial void LogUnreachable(ILogger log, Exception failure);
}
