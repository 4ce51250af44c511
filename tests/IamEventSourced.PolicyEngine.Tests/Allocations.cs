using Xunit;

namespace IamEventSourced.PolicyEngine.Tests;

/// <summary>What the heap is asked for.</summary>
internal static class Allocations
{
    /// <summary>The bytes that some work allocates when it is done the third time. Of code that is changed while it runs (IAM_LAWS=0) nothing can be said.</summary>
    internal static long Of(Action work)
    {
        Assert.SkipWhen(LawAttribute.LeftOut is not null, LawAttribute.LeftOut ?? "");
        for (var count = 0; count < 2; count++) work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
