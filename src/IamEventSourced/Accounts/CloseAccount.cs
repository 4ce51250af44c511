namespace IamEventSourced;

/// <summary>
/// Closes the account, for good. From then on every access key of it, root's too, is refused, and so is every command; what happened in it
/// stays readable to the operator, and all its secrets are deleted. Its number and its alias stay its own: under an address that led to this account no other is found.
/// Only root may, and the operator.
/// </summary>
public sealed record CloseAccount : ICommand
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [call.Caller is OperatorCaller ? Permission.OfOperator : Permission.OfRoot];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Closed is not null) return Outcome.Unchanged;

        return new AccountClosed();
    }
}
