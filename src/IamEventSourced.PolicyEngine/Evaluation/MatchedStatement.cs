namespace IamEventSourced.PolicyEngine;

/// <summary>Which set of policies a statement belongs to (R82).</summary>
public enum PolicySource
{
    /// <summary>The principal's own policies and those of its groups.</summary>
    Identity,

    /// <summary>The permissions boundary.</summary>
    PermissionsBoundary,

    /// <summary>What was passed when the session began.</summary>
    Session,

    /// <summary>A level of the organisation's service control policies.</summary>
    ServiceControl,

    /// <summary>A level of the organisation's resource control policies.</summary>
    ResourceControl,

    /// <summary>The policies of the endpoint that the request came through.</summary>
    Endpoint,

    /// <summary>The policy that hangs on the resource.</summary>
    Resource,
}

/// <summary>A statement that decided (R124).</summary>
/// <param name="PolicyId">What the caller of the engine calls the policy.</param>
/// <param name="Source">The set it belongs to.</param>
/// <param name="Statement">The statement as read.</param>
public sealed record MatchedStatement(string PolicyId, PolicySource Source, PolicyStatement Statement)
{
    /// <summary>The statement's Sid, or null.</summary>
    public string? Sid => Statement.Sid;

    /// <summary>Place in its document, from 0.</summary>
    public int StatementIndex => Statement.Index;

    /// <summary>Allow or Deny.</summary>
    public Effect Effect => Statement.Effect;

    /// <summary>Where it starts in the policy's text, as the simulator counts (R125).</summary>
    public TextPosition Start => Statement.Start;

    /// <summary>Where it ends (R125).</summary>
    public TextPosition End => Statement.End;
}
