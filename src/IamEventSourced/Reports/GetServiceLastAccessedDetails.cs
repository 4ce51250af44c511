namespace IamEventSourced;

/// <summary>
/// When the services that an entity's policies grant were last accessed: those that they name, and where they grant every service those that were; in the order of their names. An access is an
/// operation of this service that was allowed, or an <c>Authorize</c> that was answered with allowed; it is kept beside the stream, some seconds late, for as long as <c>retain</c> leaves it.
/// </summary>
/// <param name="JobId">Of GenerateServiceLastAccessedDetails. Who may not ask for the report may not read it.</param>
/// <param name="MaxItems">How many services at most; 100 where none is given.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
public sealed record GetServiceLastAccessedDetails(JobId JobId, MaxItems? MaxItems = null, Marker? Marker = null) : IHistoryQuery<GetServiceLastAccessedDetailsAnswer>
{
    string IHistoryQuery.OnlyNow => LastAccessed.OnlyNow;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => LastAccessed.Requires(directory, JobId);

    /// <inheritdoc/>
    public async Task<Answer<GetServiceLastAccessedDetailsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (Marker is not null && Marker.Read() is null) return Paging.InvalidMarker;
        if (LastAccessed.Find(directory, JobId) is not var (entity, actions, at)) return IamError.NoSuchEntity($"Job {JobId} is not found.");

        var policies = entity.Policies.ToList();
        var accesses = (await history.AccessesOf([.. entity.Users])).ToLookup(access => access.Service, StringComparer.OrdinalIgnoreCase);
        var services = policies.SelectMany(policy => policy.AllowedServices).Concat(policies.Any(policy => policy.AllowsAnyService) ? accesses.Select(service => service.Key) : [])
            .Select(service => service.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal);
        var page = Paging.Cut(services.Where(service => string.CompareOrdinal(service, Marker?.Read()?.After ?? "") > 0), MaxItems?.Value, directory.Revision, service => service);
        return new GetServiceLastAccessedDetailsAnswer("COMPLETED", (actions ? AccessAdvisorUsageGranularity.Actions : AccessAdvisorUsageGranularity.Services).Value, at,
            [.. page.Items.Select(service => Of(directory, service, accesses[service], actions))], at, page.IsTruncated, page.Marker);
    }

    static ServiceLastAccessed Of(Directory directory, string service, IEnumerable<LastAccess> accesses, bool actions)
    {
        var whole = accesses.FirstOrDefault(access => access.Action is null);
        return new(service, service, whole?.At, whole is null ? null : ArnOf(directory, whole.UserId), whole?.Users ?? 0,
            !actions ? null : [.. accesses.Where(access => access.Action is not null).OrderBy(access => access.Action, StringComparer.OrdinalIgnoreCase).Select(access => new TrackedActionLastAccessed(access.Action!, ArnOf(directory, access.UserId), access.At))]);
    }

    static Arn? ArnOf(Directory directory, UserId user) => directory.Users.Find(user) is { } one ? directory.ArnOf(one) : null;
}

/// <summary>What the two reports share.</summary>
static class LastAccessed
{
    public const string OnlyNow = "Of what was accessed the last time alone is kept: it is told of now.";

    /// <summary>The operation itself, and to ask for a report on whom it tells of: an id says whom, and who may not ask can make one up; of nobody's, on anybody, so that it tells nothing of who is there.</summary>
    public static Permission[] Requires(Directory directory, JobId job) =>
        [Permission.OnAccount, new(Find(directory, job)?.Entity.Arn.Value ?? "*", $"iam:{nameof(GenerateServiceLastAccessedDetails)}")];

    /// <summary>What a report tells of; null: there is no such report, or the entity is gone.</summary>
    public static (AccessingEntity Entity, bool Actions, DateTimeOffset At)? Find(Directory directory, JobId job) =>
        job.Read() is var (id, actions, at) && EntityReference.Limits.Violation(id) is null && directory.FindAccessing(id) is { } entity ? (entity, actions, at) : null;
}

/// <summary>When a service, or one of its actions, was last accessed by one of several users.</summary>
/// <param name="Service">The service, in lower case.</param>
/// <param name="Action">The action without the service, as it was last written; null: any.</param>
/// <param name="At">When.</param>
/// <param name="UserId">By whom.</param>
/// <param name="Users">How many of the users did so at any time that is known.</param>
public sealed record LastAccess(string Service, string? Action, DateTimeOffset At, UserId UserId, int Users);

/// <summary>A report on what services were last accessed.</summary>
/// <param name="JobStatus">COMPLETED.</param>
/// <param name="JobType">SERVICE_LEVEL or ACTION_LEVEL.</param>
/// <param name="JobCreationDate">When it was asked for.</param>
/// <param name="ServicesLastAccessed">A page of the services.</param>
/// <param name="JobCompletionDate">When it was asked for: it is complete at once.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record GetServiceLastAccessedDetailsAnswer(string JobStatus, string JobType, DateTimeOffset JobCreationDate, IReadOnlyList<ServiceLastAccessed> ServicesLastAccessed, DateTimeOffset JobCompletionDate, bool IsTruncated, Marker? Marker);

/// <summary>When a service was last accessed.</summary>
/// <param name="ServiceName">The service.</param>
/// <param name="ServiceNamespace">The service as actions name it: the same, since names for people are not known.</param>
/// <param name="LastAuthenticated">When; absent: not that it is known.</param>
/// <param name="LastAuthenticatedEntity">By what user.</param>
/// <param name="TotalAuthenticatedEntities">How many users accessed it.</param>
/// <param name="TrackedActionsLastAccessed">Its actions that were accessed; absent at SERVICE_LEVEL.</param>
public sealed record ServiceLastAccessed(string ServiceName, string ServiceNamespace, DateTimeOffset? LastAuthenticated, Arn? LastAuthenticatedEntity, int TotalAuthenticatedEntities, IReadOnlyList<TrackedActionLastAccessed>? TrackedActionsLastAccessed);

/// <summary>When an action was last accessed.</summary>
/// <param name="ActionName">The action without the service.</param>
/// <param name="LastAccessedEntity">By what user.</param>
/// <param name="LastAccessedTime">When.</param>
public sealed record TrackedActionLastAccessed(string ActionName, Arn? LastAccessedEntity, DateTimeOffset LastAccessedTime);
