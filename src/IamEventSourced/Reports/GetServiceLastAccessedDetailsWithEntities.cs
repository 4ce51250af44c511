namespace IamEventSourced;

/// <summary>The users that a report tells of, each with when it last accessed one service, in the order of their names; those that did not have no time.</summary>
/// <param name="JobId">Of GenerateServiceLastAccessedDetails. Who may not ask for the report may not read it.</param>
/// <param name="ServiceNamespace">The service.</param>
/// <param name="MaxItems">How many users at most; 100 where none is given.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
public sealed record GetServiceLastAccessedDetailsWithEntities(JobId JobId, ServiceNamespace ServiceNamespace, MaxItems? MaxItems = null, Marker? Marker = null) : IHistoryQuery<GetServiceLastAccessedDetailsWithEntitiesAnswer>
{
    string IHistoryQuery.OnlyNow => LastAccessed.OnlyNow;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => LastAccessed.Requires(directory, JobId);

    /// <inheritdoc/>
    public async Task<Answer<GetServiceLastAccessedDetailsWithEntitiesAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        if (Marker is not null && Marker.Read() is null) return Paging.InvalidMarker;
        if (LastAccessed.Find(directory, JobId) is not var (entity, _, at)) return IamError.NoSuchEntity($"Job {JobId} is not found.");

        var after = Marker?.Read()?.After ?? "";
        var users = entity.Users.Select(id => directory.Users[id]).Where(user => StringComparer.OrdinalIgnoreCase.Compare(user.Name.Value, after) > 0).OrderBy(user => user.Name.Value, StringComparer.OrdinalIgnoreCase);
        var page = Paging.Cut(users, MaxItems?.Value, directory.Revision, user => user.Name.Value);
        var times = await history.AccessesTo(ServiceNamespace, [.. page.Items.Select(user => user.Id)]);
        return new GetServiceLastAccessedDetailsWithEntitiesAnswer("COMPLETED", at, at,
            [.. page.Items.Select(user => new EntityDetails(new(directory.ArnOf(user), user.Name, "USER", user.Id, user.Path), times.TryGetValue(user.Id, out var time) ? time : null))], page.IsTruncated, page.Marker);
    }
}

/// <summary>Who accessed a service.</summary>
/// <param name="JobStatus">COMPLETED.</param>
/// <param name="JobCreationDate">When the report was asked for.</param>
/// <param name="JobCompletionDate">The same: it is complete at once.</param>
/// <param name="EntityDetailsList">A page of the users.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record GetServiceLastAccessedDetailsWithEntitiesAnswer(string JobStatus, DateTimeOffset JobCreationDate, DateTimeOffset JobCompletionDate, IReadOnlyList<EntityDetails> EntityDetailsList, bool IsTruncated, Marker? Marker);

/// <summary>A user and its last access.</summary>
/// <param name="EntityInfo">Who.</param>
/// <param name="LastAuthenticated">When; absent: not that it is known.</param>
public sealed record EntityDetails(EntityInfo EntityInfo, DateTimeOffset? LastAuthenticated);

/// <summary>Who it is.</summary>
/// <param name="Arn">Its ARN.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type">USER.</param>
/// <param name="Id">Its unique id.</param>
/// <param name="Path">Its path.</param>
public sealed record EntityInfo(Arn Arn, UserName Name, string Type, UserId Id, IamPath Path);
