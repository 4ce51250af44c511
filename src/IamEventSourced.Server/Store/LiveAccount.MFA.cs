namespace IamEventSourced.Server;

/// <summary>Codes of MFA devices are looked at and used up before what they are shown for is done.</summary>
public sealed partial class LiveAccount
{
    /// <summary>How many steps of 30 s a single code may be from the device's own time: one that was shown while it was typed.</summary>
    const int Window = 1;
    /// <summary>How many steps two codes, which nobody guesses, may be from our time: ten minutes.</summary>
    const int WindowOfTwo = 20;

    /// <summary>What the two codes of a command come to; null: there is no such device here, or the caller may not.</summary>
    async Task<MatchedCodes?> Match(Request request, IMFACodesCommand command)
    {
        var directory = _directory;
        if (directory.Refusal(command, new(request.Caller, request.Id, Now(directory), _ids) { Origin = request.Origin }) is not null || directory.FindMFADevice(command.SerialNumber) is not { } device || SeedOf(device) is not { } seed) return null;
        if (!await _store.TryCode(Account, device.Id, _time.GetUtcNow())) return new(device.Id, null);

        var now = OneTimePassword.StepAt(_time.GetUtcNow());
        for (var drift = -WindowOfTwo; drift <= WindowOfTwo; drift++)
            if (OneTimePassword.Is(command.AuthenticationCode1, seed, now + drift) && OneTimePassword.Is(command.AuthenticationCode2, seed, now + drift + 1))
                return new(device.Id, await _store.UseCode(Account, device.Id, now + drift, now + drift + 1) ? drift : null);
        return new(device.Id, null);
    }

    /// <summary>
    /// Whether one of these devices of somebody's shows this code now and it was not used before; then it is used up. A code that none of them shows
    /// is a wrong one of each; one that any shows is none of the others.
    /// </summary>
    internal async Task<bool> Uses(IReadOnlyCollection<VirtualMFADevice> devices, AuthenticationCode code)
    {
        var now = _time.GetUtcNow();
        var shown = devices.Select(device => (device, Step: StepOf(device, code, OneTimePassword.StepAt(now)))).ToList();
        foreach (var (device, step) in shown)
            if (step is { } at && await _store.TryCode(Account, device.Id, now) && await _store.UseCode(Account, device.Id, at, at)) return true;
        if (shown.TrueForAll(one => one.Step is null))
            foreach (var device in devices) await _store.TryCode(Account, device.Id, now);
        return false;
    }

    /// <summary>The step at which the device, if it is somebody's, shows this code; null: it does not, now.</summary>
    long? StepOf(VirtualMFADevice device, AuthenticationCode code, long now)
    {
        if (device.Assigned is not { } assigned || SeedOf(device) is not { } seed) return null;
        for (var step = now + assigned.Drift - Window; step <= now + assigned.Drift + Window; step++)
            if (OneTimePassword.Is(code, seed, step)) return step;
        return null;
    }

    byte[]? SeedOf(VirtualMFADevice device)
    {
        var id = SecretKind.MFASeed.Of(device.Id);
        return _sealed.TryGetValue(id, out var kept) && _dataKey is { } dataKey ? OneTimePassword.Read(dataKey.Open(id, device.Created.Revision, kept).Reveal()) : null;
    }
}
