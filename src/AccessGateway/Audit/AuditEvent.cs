namespace AccessGateway.Audit;

using System.Text.Json;
using AccessGateway.Contracts;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>One thing that happened. Written in the transaction that made it happen, never changed.</summary>
internal sealed class AuditEvent : IAppended
{
    /// <summary>Given by the database; grows in order of insertion.</summary>
    public long Index { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="AuditEvents"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Who did it: a user name, or <see cref="AuditEvents.Gateway"/>.</summary>
    public required string Actor { get; init; }

    /// <summary>The user whom it concerns, who may see it whoever did it.</summary>
    public string? Concerns { get; init; }

    public string? AccessRequestId { get; init; }

    public string? GrantId { get; init; }

    /// <summary>Where; of a request for several clusters their names, separated by commas, which no name has in it.</summary>
    public string? Cluster { get; init; }

    public IReadOnlyList<string> Clusters => Cluster?.Split(',') ?? [];

    /// <summary>Further facts, as a JSON object of strings. Never a secret.</summary>
    public string Details { get; init; } = "{}";

    public AuditEventView ToView() => new(
        Index, At, Type, Actor, AccessRequestId, GrantId, Cluster, JsonSerializer.Deserialize<Dictionary<string, string>>(Details) ?? []);

    internal sealed class Configuration : IEntityTypeConfiguration<AuditEvent>
    {
        public void Configure(EntityTypeBuilder<AuditEvent> builder)
        {
            builder.HasKey(e => e.Index);
            builder.Ignore(e => e.Clusters);
            builder.Property(e => e.Index).ValueGeneratedOnAdd();
            builder.Property(e => e.Type).HasMaxLength(64);
            builder.HasIndex(e => e.GrantId);
            builder.HasIndex(e => e.AccessRequestId);
        }
    }
}
