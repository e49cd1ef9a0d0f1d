namespace AccessGateway.Documents;

using System.Text;
using AccessGateway.Policy;

/// <summary>Reads the keys of an AccessPolicy that shape the way from a request to a grant.</summary>
internal static class WorkflowKeys
{
    public static BreakGlassRule? ReadBreakGlass(MappingReader role, TimeSpan longest) => role.Optional("breakGlass", glass =>
    {
        var people = new People(glass.Texts("groups", Names.PersonProblem), glass.Texts("users", Names.PersonProblem));
        if (people.IsNobody)
            glass.Error("breakGlass: give groups or users.");
        return new BreakGlassRule(
            people,
            glass.Duration("maxDuration", TimeSpan.FromMinutes(1), longest),
            glass.Duration("reviewWithin", TimeSpan.FromHours(1), TimeSpan.FromDays(30), TimeSpan.FromHours(24)));
    });

    public static AutomaticWhen? ReadAutomaticWhen(MappingReader role, IReadOnlyCollection<ApprovalRule> approval) => role.Optional("automaticWhen", when =>
    {
        var read = new AutomaticWhen(
            when.Text("onCall", Names.LabelProblem) is { Length: > 0 } schedule ? schedule : null,
            when.Optional("hours", AccessPolicyDocument.ReadHours),
            when.Flag("ticket"));
        if (read is { OnCall: null, Hours: null, Ticket: false })
            when.Error("automaticWhen: give onCall, hours or ticket: true.");
        if (approval.Count == 0)
            role.Error("automaticWhen stands beside approval rules; this role is approved at once anyway.", "automaticWhen");
        return read;
    });

    public static ApprovalRule ReadRule(MappingReader rule)
    {
        var read = new ApprovalRule(rule.Number("required", 1, 10, 1), AccessPolicyDocument.ReadPeople(rule.Mapping("reviewers", required: true), "reviewers"))
        {
            Escalation = rule.Optional("escalation", ReadEscalation),
            RemindEvery = rule.Duration("remindEvery", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7), TimeSpan.Zero) is var every && every > TimeSpan.Zero ? every : null,
        };
        rule.Finish();
        return read;
    }

    public static TicketRule ReadTicket(MappingReader ticket)
    {
        var text = ticket.Text("pattern");
        var (pattern, problem) = text.Length > 0 ? ReasonPatterns.Make(text) : (null, null);
        if (problem is not null)
            ticket.Error($"pattern: {problem}", "pattern");
        var rule = new TicketRule(ticket.Flag("required"), pattern, ticket.Optional("confirm", ReadTracker));
        ticket.Finish();
        return rule == TicketRule.Optional ? TicketRule.Optional : rule;
    }

    private static Escalation ReadEscalation(MappingReader escalation) => new(
        escalation.Duration("after", TimeSpan.FromMinutes(1), TimeSpan.FromDays(7)),
        AccessPolicyDocument.ReadPeople(escalation.Mapping("reviewers", required: true), "reviewers"));

    private static TicketTracker ReadTracker(MappingReader confirm)
    {
        var (url, rules) = OutboundKeys.ReadUrl(confirm);
        var secret = confirm.FileText("secretFile").Trim();
        if (secret.Length is > 0 and < 16)
            confirm.Error("secretFile must hold at least 16 characters.", "secretFile");
        return new TicketTracker(
            url,
            Encoding.UTF8.GetBytes(secret),
            confirm.Duration("timeout", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)))
        {
            Allow = rules.Entries,
            CertificateAuthority = rules.CertificateAuthority,
        };
    }
}
