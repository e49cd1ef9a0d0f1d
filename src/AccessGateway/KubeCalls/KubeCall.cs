namespace AccessGateway.KubeCalls;

using AccessGateway.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>A call to an API server under a grant, put together of what the API server's audit events say of its stages.</summary>
internal sealed class KubeCall
{
    /// <summary>A hash over what makes a call this one. Its audit id alone does not: a caller can send one of their choice, and could
    /// hide a call behind another.</summary>
    public required string Id { get; init; }

    public required string AuditId { get; init; }

    public required string Cluster { get; init; }

    public required string GrantId { get; init; }

    public required string User { get; init; }

    public required string Verb { get; init; }

    public required string ApiGroup { get; init; }

    public required string Resource { get; init; }

    public required string Subresource { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string UserAgent { get; init; }

    public required string SourceIp { get; init; }

    public required string CredentialId { get; init; }

    /// <summary>Whether it stays open by its nature.</summary>
    public required bool IsStream { get; init; }

    /// <summary>By the API server's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public int? Code { get; set; }

    /// <summary>When the gateway was told first, by its own clock: what retention goes by.</summary>
    public required DateTimeOffset NotedAt { get; init; }

    /// <summary>Takes in what one event says. The same event again changes nothing, and stages may come in any order.</summary>
    public void Note(KubeStage stage)
    {
        if (stage.IsEnd)
        {
            CompletedAt ??= stage.At;
            Code = stage.Code ?? Code;
        }
        else if (stage.IsStart)
        {
            StartedAt ??= stage.At;
            Code ??= stage.Code;
        }
    }

    public KubeCallView ToView() => new(AuditId, ReceivedAt, User, Verb, Resource, IsStream, CompletedAt, Code)
    {
        ApiGroup = OrNull(ApiGroup),
        Subresource = OrNull(Subresource),
        Namespace = OrNull(Namespace),
        Name = OrNull(Name),
        UserAgent = OrNull(UserAgent),
        SourceIp = OrNull(SourceIp),
        CredentialId = OrNull(CredentialId),
    };

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    internal sealed class Configuration : IEntityTypeConfiguration<KubeCall>
    {
        public void Configure(EntityTypeBuilder<KubeCall> builder)
        {
            builder.HasIndex(call => new { call.GrantId, call.IsStream, call.ReceivedAt });
            builder.HasIndex(call => call.NotedAt);
        }
    }
}

/// <summary>What an event says of a stage of its call.</summary>
internal readonly record struct KubeStage(bool IsStart, bool IsEnd, DateTimeOffset At, int? Code);
