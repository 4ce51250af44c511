using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>
/// What of the account good practice would have otherwise, each with its reason and the commands that would change it: old and unused access keys, unused passwords and permissions, console users without MFA, root's
/// access keys, policies on users, policies that allow everything. Root first, then users, groups and policies in the order of their names.
/// A page may hold fewer alerts than were asked for, or none, with more to come: it ends after so many users. What was used is known since it is noted, and as far back as it is kept: what may have been used before is not told of.
/// Of a past moment it tells what was so then, by the uses of credentials until then; of accesses only the newest are kept, so that a permission which was accessed since then is not told of as unused.
/// </summary>
/// <param name="Types">Of which kinds; none: of all.</param>
/// <param name="MaxAccessKeyAge">Days after its creation that an access key should be replaced; 90 where none is given.</param>
/// <param name="MaxCredentialUsageAge">Days that an access key or password may go unused; 90 where none is given.</param>
/// <param name="UnusedAccessAge">Days that a service which is granted may go without access; 90 where none is given.</param>
/// <param name="Marker">Where to go on, as the page before said.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListAlerts([MaxLength(ListAlerts.MostTypes)] AlertType[]? Types = null, AgeInDays? MaxAccessKeyAge = null, AgeInDays? MaxCredentialUsageAge = null, AgeInDays? UnusedAccessAge = null,
    Marker? Marker = null, MaxItems? MaxItems = null) : IHistoryQuery<ListAlertsAnswer>, IPaged
{
    /// <summary>Types in one request.</summary>
    public const int MostTypes = 8;

    /// <summary>Users that are looked at for a page.</summary>
    public const int MostUsers = 10_000;

    Extent IHistoryQuery.Extent => new Extent.Whole();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public async Task<Answer<ListAlertsAnswer>> Answer(Directory directory, Call call, IHistory history)
    {
        var usual = AlertLimits.Default;
        var alerts = new Alerts(directory, history, call.At, new(MaxAccessKeyAge ?? usual.MaxAccessKeyAge, MaxCredentialUsageAge ?? usual.MaxCredentialUsageAge, UnusedAccessAge ?? usual.UnusedAccessAge), Types, MostUsers);
        if (alerts.After(this.After) is not { } left) return Paging.InvalidMarker;

        var found = new List<Alert>();
        await foreach (var alert in left)
        {
            found.Add(alert);
            if (found.Count > this.Count) break;
        }
        var page = this.Page(directory, found, alert => alert.AlertId);
        return page.IsTruncated || alerts.Left is not { } last ? new ListAlertsAnswer(page.Items, directory.Revision, call.At, page.IsTruncated, page.Marker)
            : new(page.Items, directory.Revision, call.At, true, IamEventSourced.Marker.Of(directory.Revision, last));
    }
}

/// <summary>A page of alerts.</summary>
/// <param name="Alerts">The alerts.</param>
/// <param name="Revision">The revision of the account that all pages are of.</param>
/// <param name="At">The moment that they are of.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListAlertsAnswer(IReadOnlyList<Alert> Alerts, long Revision, DateTimeOffset At, bool IsTruncated, Marker? Marker);
