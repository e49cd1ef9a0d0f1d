namespace AccessGateway.SignIn;

/// <summary>A browser that is signed in, with a cookie that names this login.</summary>
internal sealed class BrowserLogin : Login
{
    /// <summary>The most that can be set.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromHours(1);

    /// <summary>The most that can be set.</summary>
    public static readonly TimeSpan AbsoluteLimit = TimeSpan.FromHours(24);

    public required string UserAgent { get; init; }
}
