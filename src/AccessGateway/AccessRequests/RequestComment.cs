namespace AccessGateway.AccessRequests;

using AccessGateway.Contracts;
using AccessGateway.SignIn;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>What somebody wrote on a request. Never changed, never taken away.</summary>
internal sealed class RequestComment
{
    public required string Id { get; init; }

    public required string AccessRequestId { get; init; }

    public required string AuthorId { get; init; }

    public required string Author { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset At { get; init; }

    public CommentView ToView() => new(Id, Author, Text, At);

    internal sealed class Configuration : IEntityTypeConfiguration<RequestComment>
    {
        public void Configure(EntityTypeBuilder<RequestComment> builder)
        {
            builder.HasOne<AccessRequest>().WithMany().HasForeignKey(comment => comment.AccessRequestId);
            builder.HasOne<User>().WithMany().HasForeignKey(comment => comment.AuthorId);
            builder.HasIndex(comment => new { comment.AccessRequestId, comment.At });
        }
    }
}
