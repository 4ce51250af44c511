namespace IamEventSourced.PolicyEngine;

/// <summary>The stages in which AWS reports what is wrong; the first that fails is the answer (R101).</summary>
internal enum PolicyStage
{
    Syntax,
    Version,
    LegacyParsing,
    SidUniqueness,
    ActionsPresent,
    ResourceForm,
    ActionPrefix,
    ResourcesPresent,
    TrustActions,
    TrustResources,
}
