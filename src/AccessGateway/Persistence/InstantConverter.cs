namespace AccessGateway.Persistence;

using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

/// <summary>Instants as UTC ticks: SQLite can compare and order those.</summary>
internal sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(
    instant => instant.UtcTicks,
    ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

/// <summary>Durations as ticks.</summary>
internal sealed class DurationConverter() : ValueConverter<TimeSpan, long>(
    duration => duration.Ticks,
    ticks => new TimeSpan(ticks));
