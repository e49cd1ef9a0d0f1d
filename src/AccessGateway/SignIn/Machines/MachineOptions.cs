namespace AccessGateway.SignIn;

using System.ComponentModel.DataAnnotations;
using AccessGateway.Contracts;

/// <summary>What holds for machines alone (section <c>Machines</c>). Durations as <see cref="DurationText"/>.</summary>
internal sealed class MachineOptions : IValidatableObject
{
    /// <summary>A machine's grant lasts no longer, whatever policies say; from 1m to 24h.</summary>
    public string LongestGrant { get; set; } = "1h";

    /// <summary>How long a grant holds while nobody can tell whether its pod still runs; from 30s to 1h. Then it ends.</summary>
    public string Unconfirmed { get; set; } = "2m";

    public TimeSpan LongestGrantTime => Read(LongestGrant);

    public TimeSpan UnconfirmedTime => Read(Unconfirmed);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => new[]
    {
        Problem(nameof(LongestGrant), LongestGrant, TimeSpan.FromMinutes(1), TimeSpan.FromHours(24)),
        Problem(nameof(Unconfirmed), Unconfirmed, TimeSpan.FromSeconds(30), TimeSpan.FromHours(1)),
    }.OfType<ValidationResult>();

    private static TimeSpan Read(string text) =>
        DurationText.TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is no duration; the options were not validated.");

    private static ValidationResult? Problem(string name, string text, TimeSpan shortest, TimeSpan longest) =>
        DurationText.TryParse(text, out var duration) && duration >= shortest && duration <= longest
            ? null
            : new ValidationResult($"Machines:{name} must be a duration from {DurationText.Format(shortest)} to {DurationText.Format(longest)}.", [name]);
}
