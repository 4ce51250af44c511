namespace IamEventSourced;

/// <summary>A refusal with AWS's error code and HTTP status; a value, never thrown.</summary>
/// <param name="Code">AWS's error code, as <c>NoSuchEntity</c>.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">One sentence for people; names the field where one is to blame.</param>
public sealed record IamError(string Code, int Status, string Message)
{
    /// <summary>404: there is none of this name.</summary>
    public static IamError NoSuchEntity(string kind, object name) => new("NoSuchEntity", 404, $"The {kind} with name {name} cannot be found.");
    /// <summary>404: said in full, where the thing has no name of its own.</summary>
    public static IamError NoSuchEntity(string message) => new("NoSuchEntity", 404, message);
    /// <summary>404: the account asks nothing of its own of passwords.</summary>
    public static IamError NoPasswordPolicy(AccountId account) => NoSuchEntity($"The Password Policy with domain name {account} cannot be found.");
    /// <summary>404: the user, or root, can't sign in to the console.</summary>
    public static IamError NoLoginProfile(string name) => NoSuchEntity($"Login Profile for User {name} cannot be found.");
    /// <summary>400: the password is not as the account's policy, or AWS's default, asks. Never says the password.</summary>
    public static IamError PasswordPolicyViolation(string message) => new("PasswordPolicyViolation", 400, message);
    /// <summary>409: what the command is about was changed while it was prepared; sent again it is likely to succeed.</summary>
    public static IamError EntityTemporarilyUnmodifiable(string message) => new("EntityTemporarilyUnmodifiable", 409, message);
    /// <summary>409: the name is taken; names are unique without case.</summary>
    public static IamError EntityAlreadyExists(string kind, object name) => new("EntityAlreadyExists", 409, $"{kind} with name {name} already exists.");
    /// <summary>409: a quota of the account is used up.</summary>
    public static IamError LimitExceeded(string quota, int limit) => new("LimitExceeded", 409, $"Cannot exceed quota for {quota}: {limit}");
    /// <summary>409: what is to be deleted still has something.</summary>
    public static IamError DeleteConflict(string message) => new("DeleteConflict", 409, message);
    /// <summary>400: the policy's text (R102).</summary>
    public static IamError MalformedPolicyDocument(string malformation) => new("MalformedPolicyDocument", 400, malformation);
    /// <summary>400: a value that no shape can tell to be wrong.</summary>
    public static IamError InvalidInput(string message) => new("InvalidInput", 400, message);
    /// <summary>403: the caller's own permissions do not allow it.</summary>
    public static IamError AccessDenied(Arn caller, string action, string resource) => new("AccessDenied", 403,
        $"User: {caller} is not authorized to perform: {action} on resource: {resource}");
    /// <summary>403: the access key is not, or no longer, one of this service. Tells no more than AWS tells.</summary>
    public static IamError InvalidClientTokenId { get; } = new("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
    /// <summary>403: the session is over.</summary>
    public static IamError ExpiredToken { get; } = new("ExpiredToken", 403, "The security token included in the request is expired");
    /// <summary>400: parameters outside their limits; all of them at once.</summary>
    public static IamError ValidationError(IReadOnlyList<string> problems) => new("ValidationError", 400,
        $"{problems.Count} validation error{(problems.Count is 1 ? "" : "s")} detected: {string.Join("; ", problems)}");
    /// <summary>400: a parameter that AWS's model does not require, but this use of the operation does.</summary>
    public static IamError NotGiven(string parameter) => ValidationError([$"Value null at '{parameter}' failed to satisfy constraint: Member must not be null"]);
    /// <summary>400: a list that needs at least one member.</summary>
    public static IamError Empty(string parameter) => ValidationError([$"Value at '{parameter}' failed to satisfy constraint: Member must have length greater than or equal to 1"]);
    /// <summary>409: the same command id was used before, with another body or by another caller.</summary>
    public static IamError IdempotentParameterMismatch(CommandId id) => new("IdempotentParameterMismatch", 409,
        $"The command id {id} was used before with other parameters or by another caller.");
    /// <summary>400: signed like a command of the same second that was carried out; AWS's clients wait and sign anew.</summary>
    public static IamError Throttling { get; } = new("Throttling", 400, "Rate exceeded: an equal request of the same second was carried out. Send it again, signed anew or under an Idempotency-Key.");
    /// <summary>400: more passwords are to be hashed or compared than this node takes at once.</summary>
    public static IamError TooManyPasswords { get; } = new("Throttling", 400, "Rate exceeded: too many passwords are being checked at once. Send it again in a moment.");
    /// <summary>412: the revision in If-Match is not the account's.</summary>
    public static IamError PreconditionFailed(long expected, long revision) => new("PreconditionFailed", 412,
        $"The account is at revision {revision}, not {expected}.");
    /// <summary>503: this node does not know enough to answer; try again, a command under the same id.</summary>
    public static IamError ServiceUnavailable(string message) => new("ServiceUnavailable", 503, message);
    /// <summary>500: a defect of this service; nothing was changed.</summary>
    public static IamError ServiceFailure { get; } = new("ServiceFailure", 500, "The request processing has failed because of an unknown error; nothing was changed.");
}
