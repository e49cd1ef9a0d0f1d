namespace AccessGateway.AccessRequests;

using AccessGateway.Policy;

/// <summary>When reviewers are reminded, and when others may decide too. Pure; counted from when the reviewers were asked.</summary>
internal static class Reminding
{
    /// <summary>Null where no rule reminds.</summary>
    public static DateTimeOffset? FirstReminder(IReadOnlyCollection<ApprovalRule> rules, DateTimeOffset since) => since + rules.Min(rule => rule.RemindEvery);

    /// <summary>The next reminder beyond <paramref name="now"/>: those that were missed meanwhile are not made up for.</summary>
    public static DateTimeOffset? NextReminder(IReadOnlyCollection<ApprovalRule> rules, DateTimeOffset due, DateTimeOffset now)
    {
        if (rules.Min(rule => rule.RemindEvery) is not { } every)
            return null;
        var missed = (now - due).Ticks / every.Ticks;
        return due + every * (missed + 1);
    }

    /// <summary>When the next rule escalates after <paramref name="last"/>; null where none does.</summary>
    public static DateTimeOffset? NextEscalation(IReadOnlyCollection<ApprovalRule> rules, DateTimeOffset since, DateTimeOffset last) => rules
        .Select(rule => since + rule.Escalation?.After)
        .Where(at => at > last)
        .Min();
}
