namespace IamEventSourced.PolicyEngine;

/// <summary>What a policy is written for; the rules differ in principals, resources and version (R4, R9, R10).</summary>
public enum PolicyKind
{
    /// <summary>Inline or managed, of a user, group or role.</summary>
    Identity,

    /// <summary>A managed policy used as permissions boundary.</summary>
    PermissionsBoundary,

    /// <summary>Passed when a session begins.</summary>
    Session,

    /// <summary>Hangs on a resource and names principals.</summary>
    Resource,

    /// <summary>Of an organisation.</summary>
    ServiceControl,

    /// <summary>Says who may assume a role.</summary>
    Trust,
}
