namespace IamEventSourced;

/// <summary>Which account this is. The operator, who made it, may ask too, also of one that is closed.</summary>
public sealed record GetAccountInformation : IQuery<GetAccountInformationAnswer>
{
    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [call.Caller is OperatorCaller ? Permission.OfOperator : new("*", "account:GetAccountInformation")];

    /// <inheritdoc/>
    public Answer<GetAccountInformationAnswer> Answer(Directory directory, Call call) =>
        new GetAccountInformationAnswer(directory.Account, directory.Name, directory.Created.At, directory.Closed is null ? AccountState.Active : AccountState.Closed);
}

/// <summary>An account, as AWS's Account Management describes it.</summary>
/// <param name="AccountId">Its number.</param>
/// <param name="AccountName">What people call it; absent: it has no name.</param>
/// <param name="AccountCreatedDate">When it was made.</param>
/// <param name="AccountState">Whether it is closed.</param>
public sealed record GetAccountInformationAnswer(AccountId AccountId, AccountName? AccountName, DateTimeOffset AccountCreatedDate, AccountState AccountState);

/// <summary>AWS: the state of an account; those that there are here.</summary>
public sealed record AccountState(string Value) : Text<AccountState>(Value), IText<AccountState>
{
    /// <inheritdoc/>
    public static TextLimits Limits { get; } = new(6, 6, "ACTIVE|CLOSED");

    /// <summary>It is open.</summary>
    public static AccountState Active { get; } = "ACTIVE";
    /// <summary>It is closed, for good.</summary>
    public static AccountState Closed { get; } = "CLOSED";

    /// <inheritdoc/>
    public static implicit operator AccountState(string text) => new(text);
}
