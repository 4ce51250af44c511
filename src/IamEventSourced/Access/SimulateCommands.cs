using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace IamEventSourced;

/// <summary>
/// What commands would come to if they were sent now, one after the other, each on what the ones before it led to: the events that each would append, or its refusal; who would gain
/// and lose what; and which of the given questions of access would be answered otherwise afterwards. Nothing is stored and no secret is made. Also on a revision of the past, by who may simulate
/// and compare access on the whole account, since the permissions are those of that time. Who gains and loses is told to those who may <see cref="CompareAccess"/> of the account.
/// </summary>
/// <param name="Commands">The commands, 1–1,000. One that is refused, also for its parameters, changes nothing, and the next is tried.</param>
/// <param name="CallerArn">By whose permissions: a user's ARN or root's; none: who asks. Of another principal's requests address, session and MFA are not known.</param>
/// <param name="Requests">Questions of access, as past requests: up to 1,000.</param>
public sealed record SimulateCommands([MaxLength(SimulateCommands.Most)] CommandInput[] Commands, Arn? CallerArn = null, [MaxLength(AuthorizeBatch.Most)] AuthorizationRequest[]? Requests = null) : IQuery<SimulateCommandsAnswer>
{
    /// <summary>The most commands of one simulation.</summary>
    public const int Most = 1000;

    Extent IQuery.Extent => new Extent.Whole();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) =>
        [CallerArn ?? directory.ArnOf(call.Caller), .. call.IsOfThePast ? OfThePast : [], .. Requests is null ? [] : new AuthorizeBatch(Requests).Requires(directory, call)];

    // In it everybody has the permissions of that time: by those of now one has to be allowed all that it tells.
    static readonly Permission[] OfThePast = [Permission.OnAccount, new("*", $"iam:{nameof(CompareAccess)}")];

    /// <inheritdoc/>
    public Answer<SimulateCommandsAnswer> Answer(Directory directory, Call call)
    {
        if (Commands.Length is 0) return IamError.Empty(nameof(Commands));
        var (caller, refusal) = directory.CallerOf(CallerArn, call);
        if (caller is null) return refusal!;

        var simulation = new Simulation(directory, call with { Caller = caller, Ids = new SimulatedIds(directory), Origin = caller == call.Caller ? call.Origin : Origin.Unknown });
        CommandOutcome[] outcomes = [.. Commands.Select(simulation.Try)];
        var mayCompare = call.IsOfThePast || directory.Refusal(new CompareAccess(new Revision(1)), call) is null; // of the past, it was asked by the rights of now
        return new SimulateCommandsAnswer(outcomes, mayCompare ? simulation.AccessChanges() : null, Requests is { Length: > 0 } ? Changed(directory, simulation.Directory, call) : null, directory.Revision);
    }

    /// <summary>The questions that are answered otherwise, before and after.</summary>
    ChangedDecision[] Changed(Directory before, Directory after, Call call)
    {
        var batch = new AuthorizeBatch(Requests!);
        var (then, later) = (batch.Answer(before, call).Value!.Results, batch.Answer(after, call with { At = after.At > call.At ? after.At : call.At }).Value!.Results);
        return [.. Enumerable.Range(0, Requests!.Length).Where(i => then[i].Decision != later[i].Decision || then[i].Error?.Code != later[i].Error?.Code)
            .Select(i => new ChangedDecision(i + 1, Requests[i], then[i], later[i]))];
    }
}

/// <summary>What commands would come to.</summary>
/// <param name="Outcomes">Of each command, in their order.</param>
/// <param name="AccessChanges">What those gain and lose whom the commands touch; absent where the caller may not compare access.</param>
/// <param name="ChangedDecisions">The questions that would be answered otherwise, in their order; absent where none were given.</param>
/// <param name="Revision">The revision that the commands were tried on.</param>
public sealed record SimulateCommandsAnswer(IReadOnlyList<CommandOutcome> Outcomes, IReadOnlyList<AccessChange>? AccessChanges, IReadOnlyList<ChangedDecision>? ChangedDecisions, long Revision);

/// <summary>What one command would come to.</summary>
/// <param name="OperationName">The command.</param>
/// <param name="Events">The events it would append; none where it is refused, and where all is so already.</param>
/// <param name="Revision">The revision that it would lead to.</param>
/// <param name="Answer">What it would answer, without secrets; absent where it only says that it is done. Ids with <c>SIMULATED</c> in them stand for others.</param>
/// <param name="Assuming">What was taken for granted, since only the command itself can tell; absent: nothing.</param>
/// <param name="Error">Why it would be refused; absent: it would not.</param>
public sealed record CommandOutcome(OperationName OperationName, IReadOnlyList<SimulatedEvent> Events, long Revision, JsonElement? Answer = null, string? Assuming = null, IamError? Error = null);

/// <summary>An event that a command would append.</summary>
/// <param name="Revision">The number that it would have.</param>
/// <param name="Type">What kind.</param>
/// <param name="Data">What would happen.</param>
public sealed record SimulatedEvent(long Revision, string Type, JsonElement Data);

/// <summary>A question of access that is answered otherwise after the commands.</summary>
/// <param name="Number">Which, from 1.</param>
/// <param name="Request">The question.</param>
/// <param name="Before">The answer before the commands.</param>
/// <param name="After">The answer after them.</param>
public sealed record ChangedDecision(int Number, AuthorizationRequest Request, AuthorizationResult Before, AuthorizationResult After);
