namespace IamEventSourced.PolicyEngine;

/// <summary>Keeps, of all that is wrong, what AWS would report: the earliest stage, and in it the first in the text.</summary>
internal sealed class Findings
{
    private PolicyStage stage;

    internal PolicyError? First { get; private set; }

    internal bool Wants(PolicyStage found) => First is null || found < stage;

    /// <summary>For what is wanted only.</summary>
    internal void Add(PolicyStage found, PolicyError error)
    {
        stage = found;
        First = error;
    }
}
