namespace AccessGateway.Testing;

/// <summary>Somebody whom a <see cref="TestProvider"/> knows; a test changes what it says of them.</summary>
internal sealed class ProviderPerson(string subject, string userName)
{
    public string Subject { get; } = subject;

    public string? UserName { get; set; } = userName;

    public string? Email { get; set; }

    public bool EmailVerified { get; set; } = true;

    public List<string> Groups { get; } = [];

    /// <summary>How they authenticated, as the next ID token says it.</summary>
    public string? Acr { get; set; }

    public List<string> Amr { get; } = ["pwd"];

    /// <summary>When they did; now where missing.</summary>
    public DateTimeOffset? AuthenticatedAt { get; set; }

    /// <summary>Nothing is issued to them any more, nor refreshed.</summary>
    public bool Disabled { get; set; }
}
