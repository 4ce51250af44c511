using System.Text;

namespace IamEventSourced;

/// <summary>The credential report: all users, root first, each with its password, access keys and MFA, in AWS's columns; of any moment. It is made now, whether or not one was asked for before.</summary>
public sealed record GetCredentialReport : IHistoryQuery<GetCredentialReportAnswer>
{
    Extent IHistoryQuery.Extent => new Extent.Credentials();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<GetCredentialReportAnswer>> Answer(Directory directory, Call call, IHistory history) =>
        new GetCredentialReportAnswer(Convert.ToBase64String(Encoding.UTF8.GetBytes(await CredentialReport.Of(directory, history))), "text/csv", call.At);
}

/// <summary>A credential report.</summary>
/// <param name="Content">The report, CSV as RFC 4180 has it, in UTF-8 and base 64. Last uses are some seconds late.</param>
/// <param name="ReportFormat">text/csv.</param>
/// <param name="GeneratedTime">The moment that it tells of: that it was made at, or the earlier one that was asked about.</param>
public sealed record GetCredentialReportAnswer(string Content, string ReportFormat, DateTimeOffset GeneratedTime);
