namespace AccessGateway.Notifications;

using System.Globalization;
using AccessGateway.AccessRequests;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Grants;

/// <summary>Makes a message of an event and what it is about. Pure: the same event gives the same message at every attempt, but for what
/// its request has become.</summary>
internal static class Messages
{
    private const int MaxName = 100;
    private const int MaxText = 500;

    public static Message Of(AuditEvent happened, AccessRequest? request, Grant? grant, string publicUrl)
    {
        var view = happened.ToView();
        var title = PlainText.Line(MessageTitles.Of(view, happened.Concerns, request), 200);
        var (path, linkText) = PlaceOf(happened);
        var link = new Uri(new Uri(publicUrl), path);
        return new Message(title, FactsOf(view, request, grant), link, linkText, new NotificationEnvelope(
            "1.0", $"ae-{happened.Index.ToString(CultureInfo.InvariantCulture)}", publicUrl, $"access-gateway.{happened.Type}", happened.AccessRequestId ?? happened.GrantId, happened.At, "application/json",
            new NotificationData(
                title, link.AbsoluteUri, happened.Actor, happened.Concerns, happened.AccessRequestId, happened.GrantId, happened.Cluster,
                request?.Role, request?.ClusterRole, request?.Namespaces, request is null ? null : DurationText.Format(request.Duration), request?.Reason, request?.Ticket, view.Details)));
    }

    /// <summary>A message that is about nothing, to see whether the way works.</summary>
    public static Message Test(string notifier, string publicUrl, DateTimeOffset now)
    {
        const string title = "A test of AccessGateway's notifications";
        return new Message(title, [("Notifier", notifier)], new Uri(publicUrl), "The gateway", new NotificationEnvelope(
            "1.0", $"test-{now.UtcTicks.ToString(CultureInfo.InvariantCulture)}", publicUrl, "access-gateway.notification.test", null, now, "application/json",
            new NotificationData(title, publicUrl, AuditEvents.Console, null, null, null, null, null, null, null, null, null, null, new Dictionary<string, string> { ["notifier"] = notifier })));
    }

    private static (string Path, string LinkText) PlaceOf(AuditEvent happened) =>
        NotificationEvents.Asks(happened.Type) && happened.AccessRequestId is { } asked ? ($"/requests/{asked}", "Look at it and decide")
        : happened.GrantId is { } grant ? ($"/grants/{grant}", "The grant")
        : happened.AccessRequestId is { } request ? ($"/requests/{request}", "The request")
        : NotificationEvents.ConcernsAccount(happened.Type) ? ("/security", "Your account's security")
        : happened.Type == AuditEvents.NotificationGivenUp ? ("/notifications", "The notifiers")
        : ("/audit", "The audit log");

    private static List<(string Name, string Value)> FactsOf(AuditEventView view, AccessRequest? request, Grant? grant)
    {
        var facts = new List<(string Name, string Value)>();
        if (request is not null)
        {
            Add("Who", request.Subject, MaxName);
            Add("Role", $"{request.Role} ({request.ClusterRole}) on {MessageTitles.Where(view, request)}", MaxText);
            Add("Where", request.Namespaces.Count == 0 ? "the whole cluster" : $"in {string.Join(", ", request.Namespaces)}", MaxText);
            Add("For", DurationText.Format(request.Duration), MaxName);
            if (request.StartsAt is { } start)
                Add("From", Instant(start), MaxName);
            Add("Why", request.Reason, MaxText);
            Add("Ticket", request.Ticket, MaxName);
        }
        else
        {
            Add("Cluster", MessageTitles.Where(view, request: null), MaxText);
        }

        if (view.Details.TryGetValue("notAfter", out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end))
            Add("Until", Instant(end), MaxName);
        else if (grant is not null)
            Add(grant.EndedAt is null ? "Until" : "Ended", Instant(grant.EndedAt ?? grant.NotAfter), MaxName);
        Add("By", view.Actor, MaxName);
        Add("Comment", view.Details.GetValueOrDefault("comment"), MaxText);
        Add("Because", view.Details.GetValueOrDefault("why"), MaxText);
        Add("Error", view.Details.GetValueOrDefault("error"), MaxText);
        Add("When", Instant(view.At), MaxName);
        return facts;

        void Add(string name, string? value, int max)
        {
            if (PlainText.Line(value, max) is { Length: > 0 } line)
                facts.Add((name, line));
        }
    }

    private static string Instant(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
