namespace AccessGateway.Documents;

using System.Text;
using System.Text.RegularExpressions;
using AccessGateway.Policy;

/// <summary>Reads the keys of an AccessPolicy that shape the way from a request to a grant.</summary>
internal static class WorkflowKeys
{
    public static BreakGlassRule? ReadBreakGlass(MappingReader role, TimeSpan longest)
    {
        var glass = role.Mapping("breakGlass");
        if (!role.Has("breakGlass"))
            return null;
        var people = new People(glass.Texts("groups", Names.PersonProblem), glass.Texts("users", Names.PersonProblem));
        if (people.IsNobody)
            glass.Error("breakGlass: give groups or users.");
        var rule = new BreakGlassRule(
            people,
            glass.Duration("maxDuration", TimeSpan.FromMinutes(1), longest),
            glass.Duration("reviewWithin", TimeSpan.FromHours(1), TimeSpan.FromDays(30), TimeSpan.FromHours(24)));
        glass.Finish();
        return rule;
    }

    public static AutomaticWhen? ReadAutomaticWhen(MappingReader role, IReadOnlyCollection<ApprovalRule> approval)
    {
        var when = role.Mapping("automaticWhen");
        if (!role.Has("automaticWhen"))
            return null;
        var hours = when.Mapping("hours");
        var read = new AutomaticWhen(
            when.Text("onCall", Names.LabelProblem) is { Length: > 0 } schedule ? schedule : null,
            when.Has("hours") ? AccessPolicyDocument.ReadHours(hours) : null,
            when.Flag("ticket"));
        if (read is { OnCall: null, Hours: null, Ticket: false })
            when.Error("automaticWhen: give onCall, hours or ticket: true.");
        if (approval.Count == 0)
            role.Error("automaticWhen stands beside approval rules; this role is approved at once anyway.", "automaticWhen");
        when.Finish();
        return read;
    }

    public static ApprovalRule ReadRule(MappingReader rule)
    {
        var read = new ApprovalRule(rule.Number("required", 1, 10, 1), AccessPolicyDocument.ReadPeople(rule.Mapping("reviewers", required: true), "reviewers"))
        {
            Escalation = ReadEscalation(rule),
            RemindEvery = rule.Has("remindEvery") ? rule.Duration("remindEvery", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)) : Absent(rule),
        };
        rule.Finish();
        return read;
    }

    public static TicketRule ReadTicket(MappingReader ticket)
    {
        Regex? pattern = null;
        var text = ticket.Text("pattern");
        try
        {
            pattern = text.Length == 0 ? null : new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            ticket.Error($"pattern: {e.Message}", "pattern");
        }

        var confirm = ticket.Mapping("confirm");
        var rule = new TicketRule(ticket.Flag("required"), pattern, ticket.Has("confirm") ? ReadTracker(confirm) : null);
        ticket.Finish();
        return rule;
    }

    private static TimeSpan? Absent(MappingReader rule)
    {
        rule.Text("remindEvery");
        return null;
    }

    private static Escalation? ReadEscalation(MappingReader rule)
    {
        var escalation = rule.Mapping("escalation");
        if (!rule.Has("escalation"))
            return null;
        var read = new Escalation(
            escalation.Duration("after", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)),
            AccessPolicyDocument.ReadPeople(escalation.Mapping("reviewers", required: true), "reviewers"));
        escalation.Finish();
        return read;
    }

    private static TicketTracker ReadTracker(MappingReader confirm)
    {
        var url = confirm.Text("url", ScheduleDocument.HttpsProblem, required: true);
        var secret = ReadSecret(confirm);
        var tracker = new TicketTracker(
            Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : new Uri("https://invalid"),
            secret,
            confirm.Duration("timeout", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)));
        confirm.Finish();
        return tracker;
    }

    private static byte[] ReadSecret(MappingReader confirm)
    {
        var path = confirm.Text("secretFile", required: true);
        if (path.Length == 0)
            return [];
        try
        {
            var secret = File.ReadAllText(Path.Combine(Path.GetDirectoryName(confirm.File)!, path)).Trim();
            if (secret.Length < 16)
                confirm.Error($"secretFile: '{path}' must hold at least 16 characters.", "secretFile");
            return Encoding.UTF8.GetBytes(secret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            confirm.Error($"secretFile: '{path}' cannot be read: {e.Message}", "secretFile");
            return [];
        }
    }
}
