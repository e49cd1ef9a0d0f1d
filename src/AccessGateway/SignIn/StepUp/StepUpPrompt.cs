namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

/// <summary>What became of a <see cref="StepUpPrompt"/>.</summary>
internal enum StepUpPromptState
{
    /// <summary>The person has not answered.</summary>
    Open,

    /// <summary>The person proved themselves; the login that asked may take its proof, once.</summary>
    Proven,

    /// <summary>The person said no.</summary>
    Denied,

    /// <summary>The proof was taken.</summary>
    Taken,
}

/// <summary>A plugin's wish that its person proves themselves in a browser. One a login: a newer one takes its place.</summary>
internal sealed class StepUpPrompt
{
    /// <summary>As long as a proof lives: whoever started it is waiting.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>The login that asked, and that alone gets the proof.</summary>
    public required string LoginId { get; init; }

    /// <summary>Eight letters.</summary>
    public required string Reference { get; init; }

    public required string UserId { get; init; }

    public required string Action { get; init; }

    /// <summary>What the page offers; what counts is decided when the proof is spent.</summary>
    public required List<string> Methods { get; init; }

    /// <summary>The program that asked, as OAuth knows it.</summary>
    public required string Client { get; init; }

    /// <summary>Where it asked from.</summary>
    public required string Address { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required StepUpPromptState State { get; set; }

    /// <summary>How the person proved themselves: one of <see cref="StepUpMethods"/>.</summary>
    public string? Method { get; set; }

    public DateTimeOffset? ProvenAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<StepUpPrompt>
    {
        public void Configure(EntityTypeBuilder<StepUpPrompt> builder)
        {
            builder.HasKey(prompt => prompt.LoginId);
            builder.Property(prompt => prompt.Action).HasMaxLength(64);
            builder.Property(prompt => prompt.State).HasConversion<string>().HasMaxLength(16);
            builder.HasOne<User>().WithMany().HasForeignKey(prompt => prompt.UserId);
            builder.HasIndex(prompt => new { prompt.UserId, prompt.Reference });
        }
    }
}
