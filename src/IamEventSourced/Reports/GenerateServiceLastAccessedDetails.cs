namespace IamEventSourced;

/// <summary>
/// Asks for a report on when the services that policies grant were last accessed: by a user, by the members of a group, or by those who have a policy. It is made when it is fetched, so it is complete at
/// once and tells of that moment.
/// </summary>
/// <param name="Arn">The user, group or policy.</param>
/// <param name="Granularity">SERVICE_LEVEL, also where none is given, or ACTION_LEVEL.</param>
public sealed record GenerateServiceLastAccessedDetails(Arn Arn, AccessAdvisorUsageGranularity? Granularity = null) : IQuery<GenerateServiceLastAccessedDetailsAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Arn];

    /// <inheritdoc/>
    public Answer<GenerateServiceLastAccessedDetailsAnswer> Answer(Directory directory, Call call) =>
        directory.FindAccessing(Arn) is not { } entity ? IamError.NoSuchEntity($"ARN {Arn} is not found.")
            : new GenerateServiceLastAccessedDetailsAnswer(JobId.Of(entity.Id, Granularity == AccessAdvisorUsageGranularity.Actions, call.At));
}

/// <summary>By what the report is fetched.</summary>
public sealed record GenerateServiceLastAccessedDetailsAnswer(JobId JobId);
