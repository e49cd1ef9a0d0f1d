// One more than the usual machine has cores: what waits for a code's half minute or for a grant's end leaves them idle.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
[assembly: Xunit.TestCollectionOrderer(typeof(AccessGateway.EndToEnd.LongestFirst))]

namespace AccessGateway.EndToEnd;

using Xunit.Sdk;
using Xunit.v3;

/// <summary>What takes minutes begins first, so that it is not what everything waits for in the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(DemoTests), nameof(PlainClusterTests), nameof(PageLookTests), nameof(ReaperTests), nameof(ExistingClusterTests)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var at ? at : Long.Length)];
}
