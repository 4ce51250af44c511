namespace IamEventSourced.PolicyEngine;

/// <summary>What one place of a pattern stands for (R25, R33).</summary>
internal enum GlobKind : byte
{
    /// <summary>Its character.</summary>
    Literal = 0,

    /// <summary>Any one code unit.</summary>
    One,

    /// <summary>Any run, also empty.</summary>
    Run,

    /// <summary>Any one code unit but a colon.</summary>
    FieldOne,

    /// <summary>Any run without a colon.</summary>
    FieldRun,

    /// <summary>Any run, whatever segment it stands in: a variable that may mean anything, as an unresolved one that must exclude all it could mean (R47).</summary>
    Anything,
}
