namespace AccessGateway.SignIn;

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>How many sign-ins failed from the addresses of one bucket in a window of time. There are a fixed number of buckets, so
/// the table cannot grow.</summary>
internal sealed class AddressFailures
{
    public required int Bucket { get; init; }

    public required int Count { get; set; }

    public required DateTimeOffset WindowEndsAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AddressFailures>
    {
        public void Configure(EntityTypeBuilder<AddressFailures> builder)
        {
            builder.HasKey(failures => failures.Bucket);
            builder.Property(failures => failures.Bucket).ValueGeneratedNever();
        }
    }
}
