using System.Globalization;
using IamEventSourced.PolicyEngine;

namespace IamEventSourced;

/// <summary>A question: may this principal do this action on this resource?</summary>
/// <param name="ActionName">The action, <c>service:name</c>, without wildcards.</param>
/// <param name="ResourceArn">The resource's ARN; "*" where none is given: the action has no resource.</param>
/// <param name="PrincipalArn">A user's ARN or root's; none: who asks.</param>
/// <param name="ContextEntries">What the request that is judged brings along, as the source address; of another service's resource, its tags. Keys that the service knows itself are refused: also the tags and the account of what is its own.</param>
/// <param name="At">When the request was made, or is supposed to be: what <c>aws:CurrentTime</c> and <c>aws:EpochTime</c> say. None: the moment that is asked about. Policies, names and tags are that moment's in any case.</param>
public sealed record AuthorizationRequest(ActionName ActionName, ResourceName? ResourceArn = null, Arn? PrincipalArn = null, ContextEntry[]? ContextEntries = null, DateTimeOffset? At = null);

/// <summary>A condition key with its values (AWS: ContextEntry).</summary>
/// <param name="ContextKeyName">As <c>aws:SourceIp</c>; compared without case.</param>
/// <param name="ContextKeyValues">The values: one, or any number of a list type.</param>
/// <param name="ContextKeyType">AWS's type name; <c>string</c> where none is given. A type that ends in List makes the value a list (R121).</param>
public sealed record ContextEntry(ContextKeyName ContextKeyName, string[] ContextKeyValues, ContextKeyType? ContextKeyType = null);

/// <summary>AWS: 3–128 characters, service and name with one colon, without wildcards (R21).</summary>
public sealed record ActionName(string Value) : Text<ActionName>(Value), IText<ActionName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(3, 128, @"[A-Za-z0-9.-]+:[\u0021-\u0029\u002B-\u0039\u003B-\u003E\u0040-\u007E]+");
    /// <inheritdoc/>
    public static implicit operator ActionName(string text) => new(text);
}

/// <summary>AWS: 1–2,048 characters: an ARN, or "*" for an action without a resource (R30).</summary>
public sealed record ResourceName(string Value) : Text<ResourceName>(Value), IText<ResourceName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(1, 2048, @"\*|arn:(?:[\u0001-\uD7FF\uE000-\uFFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF])+",
        inOnePass: @"\*|arn:(?>[\u0001-\uD7FF\uE000-\uFFFF]+|[\uD800-\uDBFF][\uDC00-\uDFFF])+");
    /// <inheritdoc/>
    public static implicit operator ResourceName(string text) => new(text);
}

/// <summary>AWS: 5–256 characters: prefix, colon, name (R93).</summary>
public sealed record ContextKeyName(string Value) : Text<ContextKeyName>(Value), IText<ContextKeyName>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(5, 256, @"[^:\s]+:[\u0001-\uD7FF\uE000-\uFFFF]+", ignoreCase: true);
    /// <inheritdoc/>
    public static implicit operator ContextKeyName(string text) => new(text);
}

/// <summary>AWS's twelve types of condition values (R121).</summary>
public sealed record ContextKeyType(string Value) : Text<ContextKeyType>(Value), IText<ContextKeyType>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(2, 11, "(?:string|numeric|boolean|ip|binary|date)(?:List)?");
    /// <inheritdoc/>
    public static implicit operator ContextKeyType(string text) => new(text);
}

/// <summary>What a question of access comes to.</summary>
/// <param name="Decision">allowed, implicitDeny or explicitDeny (R122).</param>
/// <param name="Reason">One sentence for people.</param>
/// <param name="MatchedStatements">The statements that decided (R123), each with every way by which its policy is in force.</param>
/// <param name="Revision">The revision of the account that this was decided on.</param>
/// <param name="EngineVersion">The version of the policy engine.</param>
/// <param name="AllowedByPermissionsBoundary">Whether the principal's permissions boundary by itself allows it; absent where it has none (R128).</param>
/// <param name="Error">Why a question of a batch can't be answered: what it would be refused with alone. Its decision is implicitDeny.</param>
public sealed record AuthorizationResult(string Decision, string Reason, IReadOnlyList<DecidingStatement> MatchedStatements, long Revision, string EngineVersion, bool? AllowedByPermissionsBoundary = null, IamError? Error = null);

/// <summary>A statement that decided.</summary>
/// <param name="Effect">Allow or Deny.</param>
/// <param name="PolicyName">The policy's name.</param>
/// <param name="PolicyArn">Its ARN; absent for an inline policy.</param>
/// <param name="VersionId">The version in force; absent for an inline policy.</param>
/// <param name="Sid">The statement's own id, where it has one.</param>
/// <param name="Statement">Which statement of the document, from 1.</param>
/// <param name="Through">The user or group that has the policy: its ARN.</param>
/// <param name="SinceRevision">The last of the changes that this way needed.</param>
/// <param name="Since">Its time.</param>
/// <param name="PolicyUsage">Whether the policy grants, or bounds what others grant.</param>
public sealed record DecidingStatement(string Effect, PolicyName PolicyName, Arn? PolicyArn, VersionId? VersionId, string? Sid, int Statement, Arn Through, long SinceRevision, DateTimeOffset Since, PolicyUsage PolicyUsage);

/// <summary>A user that is asked about at a moment, by one question or many.</summary>
sealed class AskedUser(Directory directory, User user, DateTimeOffset at)
{
    int _explained;

    public User User { get; } = user;
    public DateTimeOffset At { get; } = at;
    public GrantSet Grants { get; } = directory.GrantsOf(user);
    public GrantSource? Boundary { get; } = directory.BoundaryOf(user);
    public GrantSet? BoundaryGrants => field ??= directory.GrantsOf(Boundary);

    /// <summary>What the service knows by itself, for policies that look at it.</summary>
    public RequestContext Context => field ??= Grants.ReadsContext || BoundaryGrants?.ReadsContext is true ? directory.ContextOf(User, At).Build() : RequestContext.Empty;

    /// <summary>Every way by which a policy is in force, the oldest first.</summary>
    public GrantSource[] Sources => field ??= directory.SourcesOf(User);

    /// <summary>At least those by which the policies of these statements are in force, the oldest first: one question needs no others, many need most.</summary>
    public GrantSource[] SourcesOf(IReadOnlyList<MatchedStatement> matched) =>
        _explained++ > 0 ? Sources : directory.SourcesOf(User, source => matched.Any(statement => statement.PolicyId == source.Grant.PolicyId));
}

/// <summary>A principal that is asked about; no user: the account's root.</summary>
sealed record AskedPrincipal(AskedUser? User);

/// <summary>Answers questions of access on a directory; the same code for now and for any moment.</summary>
static class AuthorizationDirectory
{
    const string Iam = "arn:aws:iam::";
    static readonly AccessDecision Nothing = new(AccessOutcome.ImplicitDeny, [], []);

    extension(Directory directory)
    {
        public Permission[] RequiresToAsk(Arn? principal, Call call) =>
            principal is null || principal == directory.ArnOf(call.Caller) ? [] : [principal];

        /// <summary>The principal that is asked about, ready for questions of this moment; who asks where none is named.</summary>
        public Answer<AskedPrincipal> Asked(Arn? named, Call call)
        {
            if (named is null && call.Caller is UserCaller { UserId: var own } && directory.Users.Find(own) is { } self) return Of(self);
            var principal = named ?? directory.ArnOf(call.Caller);
            if (principal.PathAndName(directory.Account, "group") is not null) return IamError.InvalidInput($"{principal} is a group: it has members, but is no principal and can't be allowed anything itself.");
            if (principal == Arn.Of(directory.Account, "root")) return new AskedPrincipal(null);
            return directory.FindUser(principal) is { } user ? Of(user) : IamError.NoSuchEntity("user", principal);

            AskedPrincipal Of(User user) => new(new AskedUser(directory, user, call.At));
        }

        /// <summary>The answer to a question about a principal.</summary>
        /// <param name="request">The question.</param>
        /// <param name="principal">Whom it is about.</param>
        /// <param name="names">The directory on which a resource's name stands for what it stood for; null: this one.</param>
        public Answer<AuthorizationResult> Authorize(AuthorizationRequest request, AskedPrincipal principal, Directory? names = null)
        {
            if (directory.Closed is { } closed) return directory.Result(Nothing, $"the account is closed, since r {closed.Revision}", []);
            if (principal.User is not { } user) return directory.Result(new(AccessOutcome.Allowed, [], []), "root may do everything in its account", []);
            var (asked, unfit) = directory.RequestOf(request, user, names);
            if (unfit is not null) return unfit;
            var (grants, boundary, bound) = (user.Grants, user.BoundaryGrants, user.Boundary);
            // Most questions come to nothing, which has no reasons to look for.
            if (boundary is null && Evaluator.Decide(grants, null, asked) is AccessOutcome.ImplicitDeny) return directory.Result(Nothing, "no statement allows it", []);
            var decision = Evaluator.Explain(grants, boundary, asked);
            if (decision.Failures is [var unread, ..])
            {
                var source = user.Sources.FirstOrDefault(source => source.Grant.PolicyId == unread.PolicyId) ?? bound!;
                return directory.Result(decision, $"{source.PolicyName} can't be read as a policy, so everything is denied: {unread.Reason}", []);
            }
            if (decision.Matched.Count is 0)
            {
                var limited = decision.AllowedByBoundary is false && Evaluator.Decide(grants, null, asked) is AccessOutcome.Allowed;
                return directory.Result(decision, limited ? $"the permissions boundary {bound!.PolicyName} {bound.VersionId} does not allow it" : "no statement allows it", []);
            }

            var (reason, deciding) = Deciding(decision.Outcome, decision.Matched, user.SourcesOf(decision.Matched), bound);
            return directory.Result(decision, reason, deciding);
        }

        /// <summary>The statements that decided, by each of their ways, the oldest first; and the reason for people.</summary>
        /// <param name="outcome">What they decided.</param>
        /// <param name="matchedStatements">The statements.</param>
        /// <param name="sources">The ways, at least those of policies of these, the oldest first.</param>
        /// <param name="bound">The permissions boundary; null: nothing bounds.</param>
        public static (string Reason, IReadOnlyList<DecidingStatement> Deciding) Deciding(AccessOutcome outcome, IReadOnlyList<MatchedStatement> matchedStatements, GrantSource[] sources, GrantSource? bound)
        {
            List<DecidingStatement> granting = [];
            foreach (var source in sources) granting.AddRange(Of(source, matchedStatements, PolicySource.Identity));
            return Deciding(outcome, granting, bound is null ? null : Of(bound, matchedStatements, PolicySource.PermissionsBoundary));
        }

        /// <summary>The same of statements with their ways.</summary>
        /// <param name="outcome">What they decided.</param>
        /// <param name="granting">Those of policies that grant, the oldest way first; the others are added.</param>
        /// <param name="bounding">Those of the permissions boundary; null: nothing bounds.</param>
        public static (string Reason, IReadOnlyList<DecidingStatement> Deciding) Deciding(AccessOutcome outcome, List<DecidingStatement> granting, IReadOnlyList<DecidingStatement>? bounding)
        {
            if (bounding is not null)
            {
                granting.AddRange(bounding);
                granting.Sort(static (one, other) => one.SinceRevision.CompareTo(other.SinceRevision));
            }
            // A boundary lets through and does not grant, so it is no reason of an allow.
            return (Reason(outcome is AccessOutcome.Allowed ? granting.First(one => one.PolicyUsage != PolicyUsage.PermissionsBoundary) : granting[0]), granting);
        }

        /// <summary>Those of the statements that stand in the policy of a way, by this way.</summary>
        public static DecidingStatement[] Of(GrantSource source, IReadOnlyList<MatchedStatement> matchedStatements, PolicySource set)
        {
            List<DecidingStatement> deciding = [];
            foreach (var matched in matchedStatements)
                if (matched.Source == set && matched.PolicyId == source.Grant.PolicyId)
                    deciding.Add(new(matched.Effect.ToString(), source.PolicyName, source.PolicyArn, source.VersionId, matched.Sid, matched.StatementIndex + 1, source.Through, source.Since.Revision, source.Since.At,
                        set is PolicySource.PermissionsBoundary ? PolicyUsage.PermissionsBoundary : PolicyUsage.PermissionsPolicy));
            return [.. deciding];
        }

        /// <summary>What is asked of the user's policies, with as much of the request as these look at; or what is wrong with the question, which does not depend on the moment or the user.</summary>
        public Answer<AccessRequest> RequestOf(AuthorizationRequest request, AskedUser user, Directory? names = null) =>
            request is { ContextEntries.Length: > 0 } or { At: not null } || directory.IsOwn(request.ResourceArn?.Value ?? "*", request.ActionName) ? directory.RequestOf(request, user.User, user.At, names)
                : new AccessRequest(request.ActionName.Value, request.ResourceArn?.Value ?? "*", user.Context);

        /// <summary>The same with all that is known of the request.</summary>
        public Answer<AccessRequest> RequestOf(AuthorizationRequest request, User user, DateTimeOffset at, Directory? names = null)
        {
            var (resource, known) = (request.ResourceArn?.Value ?? "*", directory.ContextOf(user, request.At ?? at));
            var own = directory.IsOwn(resource, request.ActionName);
            if (own) (names ?? directory).AddResource(known, resource);
            var (context, unfit) = Given(request.ContextEntries ?? [], known, own);
            return unfit is not null ? unfit : new AccessRequest(request.ActionName.Value, resource, context!);
        }

        /// <summary>Whether the resource is this service's own: of this account's IAM, AWS's, or none at all of an action of IAM.</summary>
        public bool IsOwn(string resource, ActionName action) => resource is "*" ? action.Value.StartsWith("iam:", StringComparison.OrdinalIgnoreCase)
            : resource.StartsWith(Iam, StringComparison.Ordinal) && resource.AsSpan(Iam.Length) is var rest && rest.IndexOf(':') is > 0 and var end
                && (rest[..end] is "aws" || rest[..end].SequenceEqual(directory.Account.Value));

        /// <summary>What a batch says of a question that can't be answered; nothing unknown is allowed.</summary>
        public AuthorizationResult Unanswered(IamError error) => directory.Result(Nothing, error.Message, []) with { Error = error };

        AuthorizationResult Result(AccessDecision decision, string reason, IReadOnlyList<DecidingStatement> deciding) =>
            new(decision.Outcome.EvalDecision(), reason, deciding, directory.Revision, PolicyEngineVersion.Current, decision.AllowedByBoundary);
    }

    static Answer<RequestContext> Given(ContextEntry[] entries, RequestContext.Builder context, bool own)
    {
        foreach (var (key, values, type) in entries)
        {
            // Also a tag that it has not.
            if (key.Value.StartsWith("aws:Principal", StringComparison.OrdinalIgnoreCase) || own && (key == "aws:ResourceAccount" || key.Value.AsSpan(key.Value.IndexOf(':')).StartsWith(":ResourceTag/", StringComparison.OrdinalIgnoreCase))) return IamError.InvalidInput($"ContextEntries: {key} is known to the service and can't be given.");
            if (!ContextValue.TryRead(type?.Value ?? "string", values, out var value, out var problem)) return IamError.InvalidInput($"ContextEntries: {key}: {problem}");
            if (!context.TryAdd(key.Value, value)) return IamError.InvalidInput($"ContextEntries: {key} is known to the service, or given twice.");
        }
        return context.Build();
    }

    static string Reason(DecidingStatement first) => Reason(WayOf(first), first.SinceRevision);

    /// <summary>The reason of a decision by a way since a revision.</summary>
    internal static string Reason(string way, long since) => string.Create(CultureInfo.InvariantCulture, $"{way}, since r {since}");

    /// <summary>The way of a statement in the words of a reason.</summary>
    internal static string WayOf(DecidingStatement statement) =>
        $"{statement.Through.Resource} > {statement.PolicyName}{(statement.VersionId is { } version ? $" {version}" : "")} > {(statement.Sid is { Length: > 0 } sid ? $"\"{sid}\"" : $"statement {statement.Statement}")}";
}
