namespace IamEventSourced;

/// <summary>Asks for a credential report. It is made when it is fetched, of that moment or of any earlier one, so it is always there: COMPLETE at once, never expired.</summary>
public sealed record GenerateCredentialReport : IQuery<GenerateCredentialReportAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<GenerateCredentialReportAnswer> Answer(Directory directory, Call call) => new GenerateCredentialReportAnswer("COMPLETE");
}

/// <summary>How far the report is.</summary>
/// <param name="State">COMPLETE: it can be fetched.</param>
public sealed record GenerateCredentialReportAnswer(string State);
