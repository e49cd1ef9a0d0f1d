namespace AccessGateway.Schedules;

using AccessGateway.Documents;

/// <summary>Who is on call by which schedule.</summary>
internal sealed class OnCall(GatewayDocuments documents, Calendars calendars)
{
    /// <summary>The names of the schedules by which a user is on call at an instant.</summary>
    public async Task<IReadOnlyCollection<string>> SchedulesOfAsync(string user, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        foreach (var schedule in documents.All<Schedule>())
        {
            if (schedule.Rotations.Any(rotation => rotation.At(at) == user) || await IsInCalendarAsync(schedule.Calendar, user, at, cancellationToken))
                names.Add(schedule.Name);
        }

        return names;
    }

    private async Task<bool> IsInCalendarAsync(CalendarSource? source, string user, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (source is null)
            return false;
        var address = source.Domain.Length == 0 ? user : $"{user}@{source.Domain}";
        return (await calendars.TurnsAsync(source, cancellationToken)).Any(turn => turn.Start <= at && at < turn.End && turn.Attendees.Contains(address));
    }
}
