namespace IamEventSourced;

/// <summary>Who may do an action on a resource: the account's root and all of its users that may, with the statements that allow it; root first, then in the order of the names.</summary>
/// <param name="ActionName">The action, <c>service:name</c>, without wildcards.</param>
/// <param name="ResourceArn">The resource's ARN; "*" where none is given: the action has no resource.</param>
/// <param name="ContextEntries">What the requests that are judged bring along, as the source address.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListPrincipalsAllowed(ActionName ActionName, ResourceName? ResourceArn = null, ContextEntry[]? ContextEntries = null, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListPrincipalsAllowedAnswer>, IPaged
{
    const string Root = "/"; // no user's name

    Extent IQuery.Extent => new Extent.Whole();

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListPrincipalsAllowedAnswer> Answer(Directory directory, Call call)
    {
        var request = new AuthorizationRequest(ActionName, ResourceArn, null, ContextEntries);
        var decisions = new SharedDecisions(directory, request, call.At);
        List<(User? User, string Key)> found = [];
        if (directory.Closed is null)
        {
            if (this.After is null) found.Add((null, Root));
            foreach (var user in directory.Users.After(this.After is Root ? null : this.After))
            {
                var (allowed, unfit) = decisions.Allows(user);
                if (unfit is not null) return unfit;
                if (!allowed) continue;
                found.Add((user, user.Name.Value));
                if (found.Count > this.Count) break;
            }
        }
        var page = this.Page(directory, found, one => one.Key);
        return new ListPrincipalsAllowedAnswer([.. page.Items.Select(one => Allowed(one.User))], directory.Revision, page.IsTruncated, page.Marker);

        AllowedPrincipal Allowed(User? user)
        {
            if (user is null) return new(Arn.Of(directory.Account, "root"), directory.Account.Value, directory.Authorize(request, new AskedPrincipal(null)).Value!.Reason, []);
            var (reason, deciding) = decisions.Why(user);
            return new(directory.ArnOf(user), user.Id.Value, reason, deciding);
        }
    }
}

/// <summary>A page of who may.</summary>
/// <param name="Principals">Root, then users in the order of their names.</param>
/// <param name="Revision">The revision of the account that all pages are of.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListPrincipalsAllowedAnswer(IReadOnlyList<AllowedPrincipal> Principals, long Revision, bool IsTruncated, Marker? Marker);

/// <summary>Who may.</summary>
/// <param name="PrincipalArn">Its ARN.</param>
/// <param name="PrincipalId">Its unique id; root's is the account's.</param>
/// <param name="Reason">One sentence for people.</param>
/// <param name="MatchedStatements">The statements that allow it, each with every way by which its policy is in force; none of root.</param>
public sealed record AllowedPrincipal(Arn PrincipalArn, string PrincipalId, string Reason, IReadOnlyList<DecidingStatement> MatchedStatements);
