namespace AccessGateway.Kubectl.Reaping;

/// <summary>What must go, and why. Pure.</summary>
internal static class ReapPlan
{
    /// <summary>Bindings whose grant is over.</summary>
    /// <param name="now">By the API server's clock, which also judges certificates.</param>
    /// <param name="grace">How long after the end they are left to the gateway.</param>
    public static IReadOnlyList<OwnedObject> Bindings(IEnumerable<OwnedObject> found, DateTimeOffset now, TimeSpan grace) =>
        [.. found.Where(item => item.IsBinding && item.IsOurs && IsOver(item, now, grace))];

    /// <summary>The gateway's roles whose grant is over and has no binding any more: an extension moves the end of a binding, not that of its
    /// role.</summary>
    /// <param name="left">The bindings that stay.</param>
    public static IReadOnlyList<OwnedObject> Roles(IEnumerable<OwnedObject> found, IEnumerable<OwnedObject> left, DateTimeOffset now, TimeSpan grace)
    {
        var bound = left.Select(binding => binding.Grant).ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(item => !item.IsBinding && item.IsOurs && !bound.Contains(item.Grant) && IsOver(item, now, grace))];
    }

    /// <summary>What names no end that can be read is over as soon as it is older than the grace: a living gateway writes the end back, or
    /// makes the object again, and a dead one must not be outlived by whoever strips an annotation.</summary>
    private static bool IsOver(OwnedObject item, DateTimeOffset now, TimeSpan grace) => (item.NotAfter ?? item.CreatedAt ?? DateTimeOffset.MinValue) <= now - grace;
}
