using System.Globalization;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>May the caller do this? Asked of every operation, in this one place, before the operation looks at anything.</summary>
public static class AccessDirectory
{
    // IAM has one region, and clients sign for whichever their user has set (R94).
    const string Region = "us-east-1";

    extension(Directory directory)
    {
        /// <summary>The caller's ARN, as it is now; of a user that is no more, its id stands for the name.</summary>
        public Arn ArnOf(Caller caller) => caller switch
        {
            RootCaller => Arn.Of(caller.Account, "root"),
            OperatorCaller => Arn.Of(caller.Account, "operator"),
            UserCaller { UserId: var id } => directory.Users.Find(id) is { } user ? directory.ArnOf(user) : Arn.Of(caller.Account, $"user/{id}"),
            _ => throw new ArgumentException($"{caller.GetType().Name} is no caller that is known here.", nameof(caller)),
        };

        /// <summary>What the command comes to: a refusal where the caller may not, else what the command decides.</summary>
        /// <param name="command">The command.</param>
        /// <param name="call">Who sends it, and when.</param>
        /// <param name="checks">Takes what is asked of the caller's policies; null: nobody wants to know.</param>
        public Outcome Decide(ICommand command, Call call, ICollection<PermissionCheck>? checks = null) =>
            directory.Refusal(command, call, checks: checks) is { } refusal ? refusal : command.Decide(directory, call);

        /// <summary>Why the caller may not do this by the rights of this revision, or null.</summary>
        /// <param name="operation">What is asked for.</param>
        /// <param name="call">Who asks, and when.</param>
        /// <param name="at">The directory of the moment that is asked about, on which names stand for whom they stood for then; null: this one.</param>
        /// <param name="checks">Takes what is asked of the caller's policies; null: nobody wants to know.</param>
        public IamError? Refusal(IOperation operation, Call call, Directory? at = null, ICollection<PermissionCheck>? checks = null)
        {
            return directory.Holds(call.Caller) ? directory.Denial(operation, call, at, checks) : IamError.InvalidClientTokenId;
        }

        /// <summary>The same of a caller that is taken for who it says it is, whatever it signs with.</summary>
        internal IamError? Denial(IOperation operation, Call call, Directory? at = null, ICollection<PermissionCheck>? checks = null)
        {
            if (call.Caller.Session?.Bars(Operation.Of(operation)) is { } barred) return barred;
            if (call.Caller.Password is not null && operation is GetSessionToken) return new IamError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"); // AWS: long-term ones alone
            var needed = operation.Requires(at ?? directory, call);
            for (var i = 0; i < needed.Length; i++)
            {
                var action = needed[i].Action ?? Operation.Of(operation).Action;
                if (checks is not null && call.Caller is not OperatorCaller && needed[i] != Permission.OfOperator && needed[i] != Permission.OfRoot) checks.Add(new(action, needed[i], at ?? directory));
                if (!directory.Allows(call, action, needed[i], at ?? directory))
                    return IamError.AccessDenied(directory.ArnOf(call.Caller), needed[i] == Permission.OfOperator || needed[i] == Permission.OfRoot ? Operation.Of(operation).Action : action, directory.AsWritten(operation, call, i));
            }
            return null;
        }

        /// <summary>The resource as the caller wrote it: as if nothing existed, so that a refusal tells nothing of what does.</summary>
        string AsWritten(IOperation operation, Call call, int index)
        {
            var nothing = new Directory(directory.Account);
            var needed = operation.Requires(nothing, call);
            return index >= needed.Length ? "*" : needed[index].Resource == nothing.ArnOf(call.Caller).Value ? directory.ArnOf(call.Caller).Value : needed[index].Resource;
        }

        /// <summary>Whether the key that signed, or opened the session, is still one of this account's, and active; or the password that signed in is in force.</summary>
        internal bool Holds(Caller caller) => caller switch
        {
            OperatorCaller => true,
            RootCaller root => root.Account == directory.Account && directory.Vouches(root, null),
            UserCaller user => user.Account == directory.Account && directory.Vouches(user, user.UserId),
            _ => false,
        };

        bool Vouches(Caller caller, UserId? user) => caller.Password is { } password ? directory.SignsIn(password, user) : directory.Signing(caller.LongTermKey, user) is not null;

        bool Allows(Call call, string action, Permission permission, Directory at) => call.Caller switch
        {
            // Of a closed account nobody else is left who could read what happened in it.
            OperatorCaller => permission == Permission.OfOperator || directory.Closed is not null && action is "iam:GetEntityHistory",
            _ when permission == Permission.OfOperator => false,
            RootCaller => true, // R91
            _ when permission == Permission.OfRoot => false,
            UserCaller { UserId: var id } => directory.Users.Find(id) is { } user
                && Evaluator.Decide(directory.GrantsOf(user), directory.GrantsOf(directory.BoundaryOf(user)), new(action, permission.Resource, directory.ContextOf(user, call, permission, at))) is AccessOutcome.Allowed,
            _ => false,
        };

        /// <summary>The condition keys of a caller's own request: what the server knows, then what comes with the operation (R94).</summary>
        RequestContext ContextOf(User user, Call call, Permission permission, Directory at)
        {
            var context = directory.ContextOf(user, call.At);
            // Whatever the operation is: a rule about what is tagged so holds for all that can be done with it.
            at.AddResource(context, permission.Resource);
            foreach (var (key, value) in Told(call, permission)) context.Set(key, value);
            return context.Build();
        }

        /// <summary>What was asked of the caller's own policies, as the question of access that it is, with all that the request told; and the answer, with its reason. Null: nobody can ask it so, as of what is no ARN.</summary>
        public (AuthorizationRequest Request, AuthorizationResult Result)? Explained(PermissionCheck check, Call call)
        {
            var resource = check.Permission.Resource;
            if (ResourceName.Limits.Violation(resource) is not null || directory.Asked(null, call).Value is not { } principal) return null;
            // A request may tell a key twice, in whatever case, and the last was looked at; a question may not.
            var told = new Dictionary<string, ContextValue>(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, value) in Told(call, check.Permission)) told[key] = value;
            // The service adds it to its own permissions whatever the resource is, to a question only where that is its own.
            if (!directory.IsOwn(resource, check.Action)) told["aws:ResourceAccount"] = directory.Account.Value;
            var request = new AuthorizationRequest(check.Action, resource, directory.ArnOf(call.Caller),
                [.. told.Select(one => new ContextEntry(one.Key, [.. one.Value.Values], one.Value.IsMulti ? new("stringList") : null))], call.At);
            return directory.Authorize(request, principal, check.Names).Value is { } result ? (request, result) : null;
        }

        /// <summary>Adds the condition keys that a resource of this service has by itself: its account and its tags (R94).</summary>
        /// <param name="context">What they are added to.</param>
        /// <param name="resource">Its ARN, or "*".</param>
        internal void AddResource(RequestContext.Builder context, string resource)
        {
            var tags = directory.TagsOf(resource);
            context.Set("aws:ResourceAccount", directory.Account.Value).SetAll("aws:ResourceTag/", tags).SetAll("iam:ResourceTag/", tags);
        }

        /// <summary>The condition keys that a principal and a moment have by themselves; nothing that a request says overrides them (R94).</summary>
        /// <param name="user">The principal.</param>
        /// <param name="at">The moment that is asked about.</param>
        internal RequestContext.Builder ContextOf(User user, DateTimeOffset at) => new RequestContext.Builder()
            .Set("aws:username", user.Name.Value)
            .Set("aws:userid", user.Id.Value)
            .Set("aws:PrincipalType", "User")
            .Set("aws:PrincipalArn", directory.ArnOf(user).Value)
            .Set("aws:PrincipalAccount", directory.Account.Value)
            .Set("aws:PrincipalIsAWSService", "false").Set("aws:ViaAWSService", "false")
            .Set("aws:CurrentTime", Json.Write(at))
            .Set("aws:EpochTime", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
            .SetAll("aws:PrincipalTag/", user.Tags);
    }

    /// <summary>The condition keys that come with a caller's own request (R94).</summary>
    static IEnumerable<KeyValuePair<string, ContextValue>> Told(Call call, Permission permission)
    {
        yield return new("aws:SecureTransport", call.Origin.SecureTransport ? "true" : "false");
        yield return new("aws:RequestedRegion", Region);
        if (call.Caller.Session is { } session) yield return new("aws:TokenIssueTime", Json.Write(session.Issued));
        if (call.Caller is { Session: not null } or { Password: not null }) // temporary credentials always say, and a console's are such
        {
            var shown = call.Caller.Session is { MultiFactorAuth: true, Issued: var issued } ? issued : call.Caller.MultiFactorAuthAt;
            yield return new("aws:MultiFactorAuthPresent", shown is null ? "false" : "true");
            if (shown is { } since) yield return new("aws:MultiFactorAuthAge", ((long)(call.At - since).TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }
        if (call.Origin.SourceIp is { } address) yield return new("aws:SourceIp", address);
        if (call.Origin.UserAgent is { } agent) yield return new("aws:UserAgent", agent);
        foreach (var one in permission.Context) yield return one;
    }
}

/// <summary>A permission that was asked of a caller's policies, before the operation looked at anything.</summary>
/// <param name="Action">The action.</param>
/// <param name="Permission">The resource, and what of the operation a condition may look at.</param>
/// <param name="Names">The directory on which the resource's name stood for what it stood for: the one that decided, unless a moment of the past was asked about.</param>
public sealed record PermissionCheck(string Action, Permission Permission, Directory Names);
