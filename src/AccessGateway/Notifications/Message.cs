namespace AccessGateway.Notifications;

using AccessGateway.Contracts;

/// <summary>What is said, for people and for programs.</summary>
/// <param name="Title">One line without control characters.</param>
/// <param name="Facts">Lines of the same kind, by name.</param>
/// <param name="Link">To the exact thing in the portal; carries no secret.</param>
/// <param name="LinkText">What the reader does there.</param>
internal sealed record Message(string Title, IReadOnlyList<(string Name, string Value)> Facts, Uri Link, string LinkText, NotificationEnvelope Envelope)
{
    /// <summary>As plain text.</summary>
    public string Text =>
        $"{Title}\n\n{string.Concat(Facts.Select(fact => $"{fact.Name}: {fact.Value}\n"))}{(Facts.Count > 0 ? "\n" : "")}{LinkText}: {Link}\n";
}
