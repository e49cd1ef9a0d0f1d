namespace AccessGateway.Server.Hosting;

/// <summary>Who may read <c>/metrics</c> (section <c>Metrics</c>).</summary>
internal sealed class MetricsOptions
{
    /// <summary>The fewest characters of a secret: nobody counts guesses here.</summary>
    public const int ShortestSecret = 32;

    /// <summary>A file with the secret that a scraper sends as its bearer, at least <see cref="ShortestSecret"/> characters; read anew at each
    /// scrape, so that another one is in force as soon as it is written. Empty: there is no <c>/metrics</c>, and nothing is measured.</summary>
    public string SecretFile { get; set; } = "";

    /// <summary>Null where the file is missing, unreadable or too short: then nobody may read.</summary>
    public string? ReadSecret()
    {
        try
        {
            var secret = File.ReadAllText(SecretFile).Trim();
            return secret.Length < ShortestSecret ? null : secret;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
