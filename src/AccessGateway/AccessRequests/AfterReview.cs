namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>The review that must follow a break-glass. It waits until it is done, however long that takes.</summary>
internal sealed class AfterReview
{
    public required string AccessRequestId { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public AfterVerdict? Verdict { get; set; }

    public string? ReviewerId { get; set; }

    public string? Reviewer { get; set; }

    public string? Comment { get; set; }

    public DateTimeOffset? ReviewedAt { get; set; }

    /// <summary>When it was written down, once, that nobody did it in time.</summary>
    public DateTimeOffset? OverdueNotedAt { get; set; }

    public BreakGlassView ToView(DateTimeOffset now, bool canReview) =>
        new(DueAt, Verdict is null && DueAt <= now, Verdict, Reviewer, Comment, ReviewedAt, Verdict is null && canReview);

    internal sealed class Configuration : IEntityTypeConfiguration<AfterReview>
    {
        public void Configure(EntityTypeBuilder<AfterReview> builder)
        {
            builder.HasKey(review => review.AccessRequestId);
            builder.Property(review => review.Verdict).HasConversion<string>().HasMaxLength(16);
            builder.HasOne<AccessRequest>().WithOne(request => request.AfterReview).HasForeignKey<AfterReview>(review => review.AccessRequestId);
            builder.HasOne<User>().WithMany().HasForeignKey(review => review.ReviewerId);
            builder.HasIndex(review => new { review.Verdict, review.DueAt });
        }
    }
}
