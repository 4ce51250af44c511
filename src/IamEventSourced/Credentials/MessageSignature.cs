namespace IamEventSourced;

/// <summary>
/// How a message on the bus is signed: with an access key as HTTP requests are, but over the message's own lines, in a
/// scope (<c>bus</c>/<c>iam</c>) and under a first line that no HTTP signature has, so that neither passes for the other.
/// </summary>
public static class MessageSignature
{
    /// <summary>The first line of what is signed.</summary>
    public const string Algorithm = "IAM4-MESSAGE-SHA256";
    /// <summary>The region that messages are signed for.</summary>
    public const string Region = "bus";
    /// <summary>The service that messages are signed for.</summary>
    public const string Service = "iam";

    /// <summary>Header: the account that the message is for; 12 digits.</summary>
    public const string AccountHeader = "iam-account";
    /// <summary>Header: the command id, under which the command is carried out once.</summary>
    public const string CommandIdHeader = "iam-command-id";
    /// <summary>Header: when it was signed, <c>yyyyMMddTHHmmssZ</c>.</summary>
    public const string DateHeader = "iam-date";
    /// <summary>Header: the access key's id.</summary>
    public const string KeyHeader = "iam-key";
    /// <summary>Header: the signature in lower-case hex.</summary>
    public const string SignatureHeader = "iam-signature";

    /// <summary>The scope of a message's signing key.</summary>
    /// <param name="date">As <see cref="DateHeader"/> has it.</param>
    public static SigningScope Scope(string date) => new(date[..8], Region, Service);

    /// <summary>
    /// What the signing key signs. Only the message type may hold any character, and everything around it has a fixed form,
    /// so two different messages never give one text.
    /// </summary>
    /// <param name="date">As <see cref="DateHeader"/> has it.</param>
    /// <param name="account">The account.</param>
    /// <param name="id">The command id.</param>
    /// <param name="messageType">The message type: the operation's name.</param>
    /// <param name="body">The message's bytes as they are sent.</param>
    public static string StringToSign(string date, AccountId account, CommandId id, string messageType, ReadOnlySpan<byte> body) =>
        $"{Algorithm}\n{date}\n{account}\n{id}\n{messageType}\n{SignatureV4.PayloadHash(body)}";
}
