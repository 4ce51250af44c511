using System.Text.Json;

namespace IamEventSourced;

/// <summary>Commands that are decided one after the other, as an account's writer would, and of which nothing is kept.</summary>
/// <param name="directory">The directory that they begin with.</param>
/// <param name="call">By whom, and when.</param>
sealed class Simulation(Directory directory, Call call)
{
    // Of another principal, or of the past, nobody asks by which key it would sign; who loses the key on the way can't go on.
    readonly bool _held = directory.Holds(call.Caller);
    int _tried;

    /// <summary>What the commands have led to.</summary>
    public Directory Directory { get; private set; } = directory;

    readonly Directory _before = directory;

    /// <summary>What those gain and lose whom the commands touch.</summary>
    public IReadOnlyList<AccessChange> AccessChanges()
    {
        var now = Directory.At > call.At ? Directory.At : call.At;
        return [.. from alike in new AccessComparison(_before, now, Directory, now).OfTouched(AccessNotices.MostSets) from difference in alike.Differences select AccessChange.Of(difference, alike.Principals, [])];
    }

    /// <summary>What this command comes to after those before it.</summary>
    public CommandOutcome Try(CommandInput input)
    {
        _tried++;
        var (command, invalid) = input.Read();
        if (command is null) return Refused(invalid!);
        var now = new DateTimeOffset(call.At.UtcTicks - call.At.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        var at = call with { Id = new($"simulated-{_tried}"), At = now > Directory.At ? now : Directory.At };
        if (_held && !Directory.Holds(call.Caller)) return Refused(IamError.InvalidClientTokenId);
        if (Directory.Denial(command, at) is { } denied) return Refused(denied);
        var outcome = command.Decide(Directory, Supposing(command, at));
        if (outcome.Refusal is { } refusal) return Refused(refusal);

        List<SimulatedEvent> events = [];
        foreach (var happening in outcome.Events)
        {
            Directory = Directory.Apply(happening, at.At);
            events.Add(new(Directory.Revision, happening.StoredName(), JsonSerializer.SerializeToElement(happening, happening.GetType(), Json.Options)));
        }
        var answer = command.AnswerOn(Directory, outcome);
        return new(input.OperationName, events, Directory.Revision, answer is null ? null : JsonSerializer.SerializeToElement(answer, answer.GetType(), Json.WithoutSecrets), events.Count > 0 ? Supposition(command) : null);

        CommandOutcome Refused(IamError error) => new(input.OperationName, [], Directory.Revision, Error: error);
    }

    /// <summary>The call as it would be if all that is secret were right.</summary>
    Call Supposing(ICommand command, Call at) => command switch
    {
        IPasswordCommand password when password.Work(Directory, at) is { } work => at with { Passwords = new(work, new("simulated"), OldIsRight: true, IsReused: false) },
        IMFACodesCommand codes when Directory.FindMFADevice(codes.SerialNumber) is { } device => at with { Codes = new(device.Id, 0) },
        _ => at,
    };

    static string? Supposition(ICommand command) => command switch
    {
        ChangePassword => "The old password is right, and the new one is none of the last ones.",
        UpdateLoginProfile { Password: not null } => "The new password is none of the last ones.",
        IMFACodesCommand => "Both codes are good.",
        { Taken: not null } => "No other account has it.",
        _ => null,
    };
}

/// <summary>Who may be supposed to call.</summary>
static class SimulationDirectory
{
    extension(Directory directory)
    {
        /// <summary>The principal of this ARN as a caller; who asks, where none is named.</summary>
        internal Answer<Caller> CallerOf(Arn? principal, Call call)
        {
            if (principal is null || principal == directory.ArnOf(call.Caller))
                return call.Caller is UserCaller { UserId: var id } && directory.Users.Find(id) is null ? IamError.NoSuchEntity("user", id) : call.Caller;
            if (principal == Arn.Of(directory.Account, "root")) return new RootCaller(directory.Account, AccessKeyId.Of(directory.Account, 0));
            return directory.FindUser(principal) is { } user ? new UserCaller(directory.Account, AccessKeyId.Of(directory.Account, 0), user.Id) : IamError.NoSuchEntity("user", principal);
        }
    }
}
