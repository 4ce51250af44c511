using System.ComponentModel.DataAnnotations;

namespace IamEventSourced;

/// <summary>Creates a user, without credentials and without permissions.</summary>
/// <param name="UserName">Its name, unique in the account without case.</param>
/// <param name="Path">Its path; "/" where none is given.</param>
/// <param name="PermissionsBoundary">A managed policy that bounds what it may do; also the condition key <c>iam:PermissionsBoundary</c>.</param>
/// <param name="Tags">Its tags, up to 50, each key once; with tags the caller has to be allowed <c>iam:TagUser</c> too.</param>
public sealed record CreateUser(UserName UserName, IamPath? Path = null, Arn? PermissionsBoundary = null, [MaxLength(Tag.Most)] Tag[]? Tags = null) : ICommand<CreateUserAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call)
    {
        var user = new Permission(Arn.Of(directory.Account, $"user{Path ?? IamPath.Root}{UserName}").Value).WithBoundary(PermissionsBoundary).WithTags(Tags);
        return Tags is { Length: > 0 } ? [user, user with { Action = "iam:TagUser" }] : [user];
    }

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (Tags?.TagRefusal is { } unfit) return unfit;
        if (directory.Users.Find(UserName) is { } taken) return IamError.EntityAlreadyExists("User", taken.Name);
        if (directory.Users.Count >= directory.Quotas.UsersPerAccount) return IamError.LimitExceeded("UsersPerAccount", directory.Quotas.UsersPerAccount);
        var bound = PermissionsBoundary is null ? null : directory.FindPolicy(PermissionsBoundary);
        if (PermissionsBoundary is not null && bound is null) return IamError.NoSuchAttachable(PermissionsBoundary);

        var created = new UserCreated(call.Ids.Next("AIDA"), UserName, Path ?? IamPath.Root);
        List<AccountEvent> events = [created];
        if (bound is not null) events.Add(new UserPermissionsBoundaryPut(created.UserId, bound.Id, null));
        foreach (var tag in Tags ?? []) events.Add(new UserTagged(created.UserId, tag.Key, tag.Value));
        return events.ToArray();
    }

    /// <inheritdoc/>
    public CreateUserAnswer Answer(Directory after, Outcome outcome) => new(UserAnswer.Whole(after, after.Users.Find(UserName)!));
}

/// <summary>The user that was created.</summary>
public sealed record CreateUserAnswer(UserAnswer User);
