namespace IamEventSourced;

/// <summary>
/// A session with temporary credentials, as GetSessionToken opens one. Its holder is who opened it and may what that one may at each moment. It ends at its time;
/// and as long as the access key that opened it is inactive or gone, its user deleted or the account closed, it does not sign.
/// </summary>
/// <param name="OpenedWith">The long-term access key that opened it.</param>
/// <param name="Issued">Since when; whole seconds.</param>
/// <param name="Expires">Until when.</param>
/// <param name="MultiFactorAuth">Whether who opened it showed an MFA device's code then.</param>
public sealed record Session(AccessKeyId OpenedWith, DateTimeOffset Issued, DateTimeOffset Expires, bool MultiFactorAuth = false)
{
    /// <summary>Why it can't be used for this operation, or null: IAM's need MFA, and of STS's there is GetCallerIdentity alone (AWS: GetSessionToken).</summary>
    internal IamError? Bars(Operation operation) => operation.Service switch
    {
        "iam" when !MultiFactorAuth => IamError.InvalidClientTokenId,
        "sts" when operation.Name is not nameof(GetCallerIdentity) => new("AccessDenied", 403, $"Cannot call {operation.Name} with session credentials"),
        _ => null,
    };
}
