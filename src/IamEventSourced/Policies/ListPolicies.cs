namespace IamEventSourced;

/// <summary>Managed policies in the order of their names, without their texts, a page at a time.</summary>
/// <param name="Scope">Whose; all where none is given.</param>
/// <param name="OnlyAttached">Only policies that somebody has; as what, <paramref name="PolicyUsageFilter"/> says, else as permissions policy.</param>
/// <param name="PathPrefix">Only policies whose path begins so, with case; none: all.</param>
/// <param name="PolicyUsageFilter">Only policies that are used so; none: also those that nobody uses.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListPolicies(PolicyScope? Scope = null, bool? OnlyAttached = null, PolicyPath? PathPrefix = null, PolicyUsage? PolicyUsageFilter = null, Marker? Marker = null, MaxItems? MaxItems = null)
    : IQuery<ListPoliciesAnswer>, IPaged
{
    Extent IQuery.Extent => new Extent.Policies(PathPrefix, UsedAs);

    PolicyUsage? UsedAs => PolicyUsageFilter ?? (OnlyAttached is true ? PolicyUsage.PermissionsPolicy : null);

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OnAccount];

    /// <inheritdoc/>
    public Answer<ListPoliciesAnswer> Answer(Directory directory, Call call)
    {
        var used = InScope(directory).Where(policy => policy.IsUnder(PathPrefix?.Value) && (UsedAs is null || (UsedAs == PolicyUsage.PermissionsBoundary ? policy.BoundaryUsageCount : policy.AttachmentCount) > 0));
        var page = this.Page(directory, used, Place);
        return new ListPoliciesAnswer([.. page.Items.Select(policy => PolicyAnswer.Of(directory, policy))], page.IsTruncated, page.Marker);
    }

    IEnumerable<ManagedPolicy> InScope(Directory directory)
    {
        using var own = (Scope?.Value is "AWS" ? [] : directory.Policies.After(this.After)).GetEnumerator();
        var left = own.MoveNext();
        foreach (var policy in Scope?.Value is "Local" ? [] : directory.PoliciesOfAws().Where(policy => StringComparer.OrdinalIgnoreCase.Compare(Place(policy), this.After) > 0))
        {
            for (; left && StringComparer.OrdinalIgnoreCase.Compare(Place(own.Current), Place(policy)) < 0; left = own.MoveNext()) yield return own.Current;
            yield return policy;
        }
        for (; left; left = own.MoveNext()) yield return own.Current;
    }

    // AWS's comes after the account's own of the same name: no name has a space.
    static string Place(ManagedPolicy policy) => policy.IsAws ? $"{policy.Name} " : policy.Name.Value;
}

/// <summary>A page of policies.</summary>
/// <param name="Policies">In the order of their names.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListPoliciesAnswer(IReadOnlyList<PolicyAnswer> Policies, bool IsTruncated, Marker? Marker);
