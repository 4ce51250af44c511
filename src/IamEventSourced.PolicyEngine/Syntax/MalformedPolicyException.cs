namespace IamEventSourced.PolicyEngine;

/// <summary>A text that is no policy (R1–R14). The message is AWS's (R102).</summary>
public sealed class MalformedPolicyException : Exception
{
    /// <summary>Made by <see cref="PolicyDocument.Parse"/>.</summary>
    public MalformedPolicyException(PolicyError error) : base(Checked(error).Message) => Error = error;

    /// <summary>What is wrong, and where.</summary>
    public PolicyError Error { get; }

    /// <summary>Line of the offending character, from 1.</summary>
    public int Line => Error.Line;

    /// <summary>Column of the offending character, from 1.</summary>
    public int Column => Error.Column;

    /// <summary>The element, such as <c>$.Statement[0].Effect</c>.</summary>
    public string Path => Error.Path;

    private static PolicyError Checked(PolicyError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error;
    }
}
