namespace IamEventSourced;

/// <summary>The tags of a policy in the order of their keys, a page at a time.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListPolicyTags(Arn PolicyArn, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListPolicyTagsAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Answer<ListPolicyTagsAnswer> Answer(Directory directory, Call call)
    {
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);

        var page = this.PageOf(directory, policy.Tags);
        return new ListPolicyTagsAnswer(page.Items, page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the tags of a policy.</summary>
/// <param name="Tags">In the order of their keys.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListPolicyTagsAnswer(IReadOnlyList<Tag> Tags, bool IsTruncated, Marker? Marker);
