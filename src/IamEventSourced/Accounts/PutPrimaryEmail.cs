namespace IamEventSourced;

/// <summary>
/// Gives root this e-mail address, in place of the one it has; root can sign in by it from then on. No mail is sent, so that it reaches anybody is not shown. That it was put is an event, also where it
/// is the same again: the address itself is in no event. Only root may.
/// </summary>
/// <param name="PrimaryEmail">The address; one that another account has: EntityAlreadyExists.</param>
public sealed record PutPrimaryEmail(EmailAddress PrimaryEmail) : ICommand
{
    /// <summary>Another account has the address.</summary>
    internal static IamError OfAnother { get; } = new("EntityAlreadyExists", 409, "The e-mail address is another account's.");

    IamError ICommand.Taken => OfAnother;

    /// <inheritdoc/>
    public Permission[] Requires(Directory directory, Call call) => [Permission.OfRoot];

    /// <inheritdoc/>
    public Outcome Decide(Directory directory, Call call) => ((Outcome)new PrimaryEmailSet()).With(new(SecretId.PrimaryEmail, new(PrimaryEmail.Reveal())));
}
