namespace AccessGateway.SignIn;

using System.Text.RegularExpressions;
using OpenIddict.Abstractions;
using static OpenIddict.Client.OpenIddictClientEvents;

/// <summary>What an error of OpenIddict's client means to a person. Its texts are not shown and not logged, only its numbers.</summary>
internal static partial class ProviderErrors
{
    private const string NoLongerValid = "ID2019";
    private const string AlreadyRedeemed = "ID2139";
    private const string NoCookie = "ID2129";
    private const string WrongCookie = "ID2164";
    private const string NotReached = "ID2136";
    private const string NoJson = "ID2137";
    private const string NoConfiguration = "ID2170";
    private const string TokenRefused = "ID2147";
    private const string UserInfoRefused = "ID2148";

    /// <summary>The number of an error, such as ID2019; null where there is none.</summary>
    public static string? IdOf(string? errorUri) => errorUri is not null && Id().Match(errorUri) is { Success: true } match ? match.Value : null;

    /// <param name="error">The answer of OpenIddict's client.</param>
    /// <param name="context">How far it came; null where it did not even begin.</param>
    public static ProviderProblem ProblemOf(OpenIddictResponse error, ProcessAuthenticationContext? context) => IdOf(error.ErrorUri) switch
    {
        AlreadyRedeemed => ProviderProblem.Replayed,
        NoCookie or WrongCookie => ProviderProblem.OtherBrowser,
        NoLongerValid => ProviderProblem.TooLate,
        NotReached or NoJson or NoConfiguration => ProviderProblem.Unreachable,
        _ when context?.StateTokenPrincipal is null => ProviderProblem.OtherBrowser,
        _ when (string?)context.Request?[OpenIddictConstants.Parameters.Error] is { Length: > 0 } => FromProvider(error.Error),
        TokenRefused or UserInfoRefused => FromProvider(error.Error),
        _ => ProviderProblem.NotTrusted,
    };

    /// <summary>The provider's own errors (RFC 6749, 4.1.2.1 and 5.2).</summary>
    private static ProviderProblem FromProvider(string? error) => error switch
    {
        OpenIddictConstants.Errors.AccessDenied => ProviderProblem.Cancelled,
        OpenIddictConstants.Errors.TemporarilyUnavailable or OpenIddictConstants.Errors.ServerError => ProviderProblem.Unreachable,
        _ => ProviderProblem.ProviderError,
    };

    [GeneratedRegex(@"ID\d{4}\z")]
    private static partial Regex Id();
}
