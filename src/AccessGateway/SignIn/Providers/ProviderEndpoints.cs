namespace AccessGateway.SignIn;

using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Client;
using OpenIddict.Client.AspNetCore;
using static OpenIddict.Client.AspNetCore.OpenIddictClientAspNetCoreConstants;
using static OpenIddict.Client.OpenIddictClientEvents;

/// <summary>The way to a provider and back. Whatever happens on it ends on one of our own pages.</summary>
internal static partial class ProviderEndpoints
{
    public const string SecondStepPath = "/sign-in/second-step";
    public const string ProblemPath = "/sign-in/problem";

    /// <summary>Binds a <see cref="PendingSignIn"/> to the browser.</summary>
    public const string PendingCookie = "__Host-access-gateway-pending";

    private const string Scheme = OpenIddictClientAspNetCoreDefaults.AuthenticationScheme;
    private const string ReturnItem = "return";

    public static void MapProviders(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sign-in/provider/{name}", StartAsync);
        routes.MapGet("/sign-in/provider/{name}/callback", CallbackAsync);
        routes.MapGet("/sign-in/provider/{name}/sign-out", SignOutAsync);
    }

    /// <summary>The address of a provider's button. It is a link: a form's redirect would be held to the Content-Security-Policy's form-action,
    /// along with wherever else the provider redirects.</summary>
    public static string StartPath(string provider, string returnPath) =>
        $"/sign-in/provider/{provider}{(returnPath == "/" ? "" : QueryString.Create("return", returnPath))}";

    public static string SignOutPath(string provider) => $"/sign-in/provider/{provider}/sign-out";

    public static void SetPendingCookie(HttpContext context, string secret) => context.Response.Cookies.Append(PendingCookie, secret, PendingCookieOptions(PendingSignIn.Lifetime));

    public static void DeletePendingCookie(HttpContext context) => context.Response.Cookies.Delete(PendingCookie, PendingCookieOptions(null));

    private static async Task<Results<ChallengeHttpResult, RedirectHttpResult, NotFound>> StartAsync(
        string name, HttpContext context, Providers providers, OpenIddictClientService client, ProviderSignIns signIns, ILoggerFactory loggers)
    {
        if (providers.Find(name) is not { } provider)
            return TypedResults.NotFound();
        var returnPath = BrowserCookies.LocalReturn(context.Request.Query["return"]);
        // Another site may not send people (or images) on the way; from our own page it is one click.
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" || (context.Request.Headers["Sec-Fetch-Mode"].ToString() is { Length: > 0 } mode && mode != "navigate"))
            return TypedResults.Redirect(BrowserCookies.SignInPath + (returnPath == "/" ? "" : QueryString.Create("return", returnPath)));
        if (!await IsReachableAsync(provider, client, loggers, context.RequestAborted))
        {
            await signIns.RefuseAsync(provider, ProviderProblem.Unreachable, PlaceOf(context, returnPath), subject: null, context.RequestAborted);
            return Problem(provider, ProviderProblem.Unreachable);
        }

        var properties = new AuthenticationProperties(new Dictionary<string, string?> { [Properties.RegistrationId] = provider.Name, [ReturnItem] = returnPath });
        if (provider.Options.Mfa is { By: ProviderMfaOptions.Provider, Acr.Count: > 0 })
            properties.Parameters["acr_values"] = string.Join(' ', provider.Options.Mfa.Acr);
        if (provider.MaxAge is { } maxAge)
            properties.Parameters["max_age"] = ((long)maxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Challenge(properties, [Scheme]);
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> CallbackAsync(
        string name, HttpContext context, Providers providers, ProviderSignIns signIns, ILoggerFactory loggers)
    {
        if (providers.Find(name) is not { } provider)
            return TypedResults.NotFound();
        if (context.GetOpenIddictClientResponse() is { Error.Length: > 0 } error)
        {
            var problem = ProviderErrors.ProblemOf(error, Progress(context));
            LogRefused(Logger(loggers), provider.Name, problem, error.Error, ProviderErrors.IdOf(error.ErrorUri));
            await signIns.RefuseAsync(provider, problem, PlaceOf(context, "/"), subject: null, context.RequestAborted);
            return Problem(provider, problem);
        }

        var result = await context.AuthenticateAsync(Scheme);
        if (result is not { Succeeded: true, Properties: { } properties }
            || properties.GetParameter<ClaimsPrincipal>(Properties.BackchannelIdentityTokenPrincipal) is not { } identityToken
            || properties.GetString(Properties.RegistrationId) != provider.Name)
        {
            await signIns.RefuseAsync(provider, ProviderProblem.NotTrusted, PlaceOf(context, "/"), subject: null, context.RequestAborted);
            return Problem(provider, ProviderProblem.NotTrusted);
        }

        var all = provider.Options.UserInfo ? result.Principal : identityToken;
        var answer = new ProviderAnswer(identityToken, all, properties.GetTokenValue(Tokens.RefreshToken));
        var place = PlaceOf(context, BrowserCookies.LocalReturn(properties.GetString(ReturnItem)));
        return await GoOnAsync(context, provider, place, await signIns.CompleteAsync(provider, answer, place, CancellationToken.None));
    }

    private static async Task<RedirectHttpResult> GoOnAsync(HttpContext context, Provider provider, BrowserPlace place, ProviderStep step)
    {
        switch (step)
        {
            case ProviderStep.SignedIn signedIn:
                await BrowserCookies.SignInAsync(context, signedIn.Login);
                return TypedResults.Redirect(place.Return);
            case ProviderStep.SecondFactor second:
                SetPendingCookie(context, second.Secret);
                return TypedResults.Redirect(SecondStepPath);
            case ProviderStep.Enrol enrol:
                return TypedResults.Redirect($"/enrol/{enrol.Secret}");
            case ProviderStep.Refused refused:
                return Problem(provider, refused.Problem);
            default:
                throw new InvalidOperationException($"No way on from {step.GetType().Name}.");
        }
    }

    /// <summary>Signs out at the provider, after the gateway's own login has ended; its page brings the person back or not.</summary>
    private static async Task<Results<SignOutHttpResult, RedirectHttpResult, NotFound>> SignOutAsync(
        string name, HttpContext context, Providers providers, OpenIddictClientService client, ILoggerFactory loggers)
    {
        if (providers.Find(name) is not { Options.SignOutAtProvider: true } provider)
            return TypedResults.NotFound();
        if (!await IsReachableAsync(provider, client, loggers, context.RequestAborted) || (await ConfigurationAsync(provider, client, context.RequestAborted)).EndSessionEndpoint is null)
            return Problem(provider, ProviderProblem.Unreachable);
        return TypedResults.SignOut(new AuthenticationProperties(new Dictionary<string, string?> { [Properties.RegistrationId] = provider.Name }), [Scheme]);
    }

    private static RedirectHttpResult Problem(Provider provider, ProviderProblem problem) =>
        TypedResults.Redirect($"{ProblemPath}?provider={provider.Name}&what={ProviderProblems.NameOf(problem)}");

    private static async Task<bool> IsReachableAsync(Provider provider, OpenIddictClientService client, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        try
        {
            await ConfigurationAsync(provider, client, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogUnreachable(Logger(loggers), provider.Name, e.GetBaseException().GetType().Name);
            return false;
        }
    }

    private static ValueTask<OpenIddictConfiguration> ConfigurationAsync(Provider provider, OpenIddictClientService client, CancellationToken cancellationToken) =>
        client.GetServerConfigurationByRegistrationIdAsync(provider.Name, cancellationToken);

    /// <summary>How far OpenIddict came with the answer.</summary>
    private static ProcessAuthenticationContext? Progress(HttpContext context) =>
        context.Features.Get<OpenIddictClientAspNetCoreFeature>()?.Transaction?.GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!);

    private static BrowserPlace PlaceOf(HttpContext context, string returnPath) =>
        new(ClientAddress.Of(context), context.Request.Headers.UserAgent.ToString(), returnPath);

    private static CookieOptions PendingCookieOptions(TimeSpan? maxAge) =>
        new() { Path = "/", HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, IsEssential = true, MaxAge = maxAge };

    private static ILogger Logger(ILoggerFactory loggers) => loggers.CreateLogger(typeof(ProviderEndpoints).FullName!);

    [LoggerMessage(LogLevel.Information, "A sign-in through the provider {Provider} was refused as {Problem}: {Error} ({ErrorId}).")]
    private static partial void LogRefused(ILogger logger, string provider, ProviderProblem problem, string? error, string? errorId);

    [LoggerMessage(LogLevel.Warning, "The provider {Provider} cannot be reached, or its configuration is not acceptable: {Failure}.")]
    private static partial void LogUnreachable(ILogger logger, string provider, string failure);
}
