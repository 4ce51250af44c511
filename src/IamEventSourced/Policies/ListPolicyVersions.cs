using System.Globalization;

namespace IamEventSourced;

/// <summary>The versions of a managed policy that are kept, the newest first, without their texts; a page at a time.</summary>
/// <param name="PolicyArn">The policy.</param>
/// <param name="Marker">Where to go on.</param>
/// <param name="MaxItems">How many at most; 100 where none is given.</param>
public sealed record ListPolicyVersions(Arn PolicyArn, Marker? Marker = null, MaxItems? MaxItems = null) : IQuery<ListPolicyVersionsAnswer>, IPaged
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [PolicyArn];

    /// <inheritdoc/>
    public Answer<ListPolicyVersionsAnswer> Answer(Directory directory, Call call)
    {
        if (directory.FindPolicy(PolicyArn) is not { } policy) return IamError.NoSuchPolicy(PolicyArn);

        // By the revision that made it: the version of an AWS-managed policy need not be called by a number.
        var before = long.TryParse(this.After, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : long.MaxValue;
        var page = this.Page(directory, policy.NewestFirst.Where(version => version.Created.Revision < before), version => version.Created.Revision.ToString(CultureInfo.InvariantCulture));
        return new ListPolicyVersionsAnswer([.. page.Items.Select(version => PolicyVersionAnswer.Of(policy, version) with { Document = null })], page.IsTruncated, page.Marker);
    }
}

/// <summary>A page of the versions of a policy.</summary>
/// <param name="Versions">The newest first.</param>
/// <param name="IsTruncated">Whether there are more.</param>
/// <param name="Marker">Where to go on, when there are more.</param>
public sealed record ListPolicyVersionsAnswer(IReadOnlyList<PolicyVersionAnswer> Versions, bool IsTruncated, Marker? Marker);
