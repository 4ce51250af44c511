namespace IamEventSourced.Server;

/// <summary>Passwords are hashed and compared before their commands wait for the writer, which has no time for it.</summary>
public sealed partial class LiveAccount
{
    /// <summary>How often passwords are worked out anew because what they were worked out for has changed meanwhile.</summary>
    const int MostWorkings = 3;

    /// <summary>What the command needs; nothing where it will be refused anyway, or where what is kept has just changed, so that the decision asks for it anew.</summary>
    async Task<Answer<PasswordWorked>> Work(Request request, IPasswordCommand command)
    {
        var directory = _directory;
        var call = new Call(request.Caller, request.Id, Now(directory), _ids) { Origin = request.Origin };
        if (directory.Refusal(command, call) is not null || command.Work(directory, call) is not { } work) return default;
        if (work.Replaced is not { } replaced) return await _passwords.Work(work, []);
        return await LastPasswords(replaced) is { } last ? await _passwords.Work(work, last) : default;
    }

    /// <summary>The hashes of the last passwords, the one in force first; null: it is not in force any more.</summary>
    /// <exception cref="SecretUnreadableException">What is kept was changed.</exception>
    async Task<string[]?> LastPasswords(LoginProfile profile)
    {
        var id = SecretKind.Password.Of(profile.PasswordId);
        await using var connection = await _store.Database.OpenConnectionAsync();
        return (await Secrets.Read(connection, Account, [id], default)).TryGetValue(id, out var kept)
            ? (await DataKey()).Open(id, profile.PasswordSince.Revision, kept).Reveal().Split('\n') : null;
    }

    /// <summary>The account's data key, also where no secret that nodes hold has brought it here.</summary>
    async ValueTask<DataKey> DataKey() => _dataKey ?? await _secrets.Unwrap(Account, (await _store.ReadDataKey(Account, default))!, default);
}
