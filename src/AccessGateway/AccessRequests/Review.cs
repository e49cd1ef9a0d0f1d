namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>One reviewer's verdict on a request; the key allows one each in a round.</summary>
internal sealed class Review
{
    public required string AccessRequestId { get; init; }

    /// <summary>The request's round that it was given in.</summary>
    public int Round { get; init; }

    public required string ReviewerId { get; init; }

    public required string Reviewer { get; init; }

    /// <summary>The reviewer's groups when the verdict was given: they decide for which rules it counts.</summary>
    public required List<string> ReviewerGroups { get; init; }

    public required ReviewVerdict Verdict { get; init; }

    public string? Comment { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Who the reviewer is at their provider.</summary>
    public string? ReviewerIdentity { get; init; }

    /// <summary>Whether this person gave it, by the account or by its name.</summary>
    public bool IsBy(Caller caller) => ReviewerId == caller.UserId || string.Equals(Reviewer, caller.Name, StringComparison.OrdinalIgnoreCase);

    internal sealed class Configuration : IEntityTypeConfiguration<Review>
    {
        public void Configure(EntityTypeBuilder<Review> builder)
        {
            builder.HasKey(review => new { review.AccessRequestId, review.Round, review.ReviewerId });
            builder.Property(review => review.Verdict).HasConversion<string>().HasMaxLength(16);
            builder.HasOne<User>().WithMany().HasForeignKey(review => review.ReviewerId);
        }
    }
}
