namespace AccessGateway.SignIn;

using System.ComponentModel.DataAnnotations;
using AccessGateway.Contracts;

/// <summary>How long logins last (section <c>Logins</c>): unused, and at all. Durations as <see cref="DurationText"/>, from one minute up.</summary>
internal sealed class LoginOptions : IValidatableObject
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>A browser that nobody uses; at most 1h.</summary>
    public string BrowserIdle { get; set; } = "1h";

    /// <summary>A browser, however much it is used; at most 24h.</summary>
    public string BrowserAbsolute { get; set; } = "24h";

    /// <summary>A <c>kubectl access login</c> that nobody uses; at most 7d.</summary>
    public string PluginIdle { get; set; } = "12h";

    /// <summary>A <c>kubectl access login</c>, however much it is used; at most 30d.</summary>
    public string PluginAbsolute { get; set; } = "24h";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var problems = new[]
        {
            Problem(nameof(BrowserIdle), BrowserIdle, BrowserLogin.IdleLimit),
            Problem(nameof(BrowserAbsolute), BrowserAbsolute, BrowserLogin.AbsoluteLimit),
            Problem(nameof(PluginIdle), PluginIdle, TimeSpan.FromDays(7)),
            Problem(nameof(PluginAbsolute), PluginAbsolute, TimeSpan.FromDays(30)),
        }.OfType<ValidationResult>().ToList();
        if (problems.Count > 0)
            return problems;
        var limits = LoginLimits.Of(this);
        if (limits.BrowserIdle > limits.BrowserAbsolute)
            problems.Add(new ValidationResult("Logins:BrowserIdle must not be longer than Logins:BrowserAbsolute."));
        if (limits.PluginIdle > limits.PluginAbsolute)
            problems.Add(new ValidationResult("Logins:PluginIdle must not be longer than Logins:PluginAbsolute."));
        return problems;
    }

    private static ValidationResult? Problem(string name, string text, TimeSpan longest) =>
        DurationText.TryParse(text, out var duration) && duration >= Shortest && duration <= longest
            ? null
            : new ValidationResult($"Logins:{name} must be a duration from {DurationText.Format(Shortest)} to {DurationText.Format(longest)}.", [name]);
}
