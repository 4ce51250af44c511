namespace IamEventSourced;

/// <summary>Creates an account with its root user, root's first access key and the AWS-managed policies that this version brings. Only the operator may.</summary>
/// <param name="AccountName">What people call it.</param>
/// <param name="Email">Root's e-mail address, as <see cref="PutPrimaryEmail"/> gives it; none: it has none yet.</param>
public sealed record CreateAccount(AccountName? AccountName = null, EmailAddress? Email = null) : ICommand<CreateAccountAnswer>
{
    IamError ICommand.Taken => PutPrimaryEmail.OfAnother;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfOperator];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call)
    {
        if (directory.Account == AccountId.Operator) return IamError.InvalidInput("000000000000 is the operator's own and no account.");
        if (directory.Exists) return IamError.EntityAlreadyExists("Account", directory.Account);

        var (key, secret) = (call.Ids.NextAccessKeyId(directory.Account), call.Ids.NextSecretAccessKey());
        var created = ((Outcome)(AccountEvent[])[new AccountCreated(AccountName), new AccessKeyCreated(key, null, secret.Fingerprint()), CatalogueAdopted.Of(Catalogue.BuiltIn), .. Email is null ? (AccountEvent[])[] : [new PrimaryEmailSet()]])
            .With(new(SecretKind.AccessKey.Of(key), secret));
        return Email is null ? created : created.With(new(SecretId.PrimaryEmail, new(Email.Reveal())));
    }

    /// <inheritdoc/>
    public CreateAccountAnswer Answer(Directory after, Outcome outcome) =>
        new(new(after.Account, after.Name, Arn.Of(after.Account, "root"), after.Created.At), AccessKeyAnswer.Of(after, outcome));
}

/// <summary>The account, and its root user's access key: the secret is shown this once.</summary>
public sealed record CreateAccountAnswer(AccountAnswer Account, AccessKeyAnswer AccessKey);

/// <summary>An account.</summary>
public sealed record AccountAnswer(AccountId AccountId, AccountName? AccountName, Arn RootArn, DateTimeOffset CreateDate);
