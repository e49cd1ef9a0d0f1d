namespace AccessGateway.Grants;

using AccessGateway.AccessRequests;

/// <summary>What asking for more time came to.</summary>
internal abstract record Extension
{
    /// <summary>The grant has a later end.</summary>
    internal sealed record Moved(Grant Grant) : Extension;

    /// <summary>Reviewers decide first.</summary>
    internal sealed record Asked(AccessRequest Request) : Extension;
}
