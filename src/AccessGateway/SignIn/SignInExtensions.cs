namespace AccessGateway.SignIn;

using AccessGateway.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;

internal static class SignInExtensions
{
    /// <summary>The authorization policy of the API: an access token with the scope, of a user who is not disabled.</summary>
    public const string ApiPolicy = "api";

    /// <summary>The authorization policy of the portal's pages: a browser login of a user who is not disabled.</summary>
    public const string PortalPolicy = "portal";

    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddOptions<LoginOptions>().BindConfiguration("Logins", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.AddAuthentication(BrowserCookies.Scheme)
            .AddCookie(BrowserCookies.Scheme, BrowserCookies.Configure)
            .AddScheme<AuthenticationSchemeOptions, ApiTokenHandler>(ApiTokenHandler.Name, configureOptions: null);
        services.AddSingleton<IAuthenticationSchemeProvider, SchemesOfPath>();
        services.AddAuthorizationBuilder()
            .AddPolicy(ApiPolicy, policy => policy
                .AddAuthenticationSchemes(ApiTokenHandler.Name)
                .RequireAuthenticatedUser()
                .RequireAssertion(context => context.User.HasScope(OAuth.ApiScope))
                .AddRequirements(new ActiveUserRequirement(), new MachineRequirement()))
            .AddPolicy(PortalPolicy, policy => policy
                .AddAuthenticationSchemes(BrowserCookies.Scheme)
                .RequireAuthenticatedUser()
                .AddRequirements(new ActiveUserRequirement(), new MachineRequirement()));
        services.AddScoped<IAuthorizationHandler, ActiveUserHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, ApiAuthorizationResults>();
        services.AddDataProtection().SetApplicationName("access-gateway");
        return services
            .AddOAuthServer()
            .AddProviders()
            .AddMachines()
            .AddSingleton<KnownTokens>()
            .AddSingleton<TokenStandings>()
            .AddScoped<ApiTokens>()
            .Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = Passwords.Iterations)
            .AddSingleton<Passwords>()
            .AddScoped<Callers>()
            .AddScoped<AttemptLimit>()
            .AddScoped<AddressLimit>()
            .AddSingleton<AddressBuckets>()
            .AddSingleton<KnownBrowsers>()
            .AddScoped<SecondFactor>()
            .AddScoped<SignIns>()
            .AddSingleton(provider => LoginLimits.Of(provider.GetRequiredService<IOptions<LoginOptions>>().Value))
            .AddScoped<Logins>()
            .AddScoped<LoginUse>()
            .AddScoped<Leftovers>()
            .AddHostedService<TidyUp>()
            .AddScoped<StepUps>()
            .AddScoped<StepUpPrompts>()
            .AddScoped<StepUpForms>()
            .AddFactors()
            .AddPasskeys()
            .AddHostedService<SignInCleaning>()
            .AddScoped<Enrolments>()
            .AddScoped<Users>()
            .AddScoped<UserAdministration>()
            .AddScoped<UserDirectory>()
            .AddScoped<PluginLogins>();
    }
}

/// <summary>The OAuth server and the providers have endpoints of their own, for which they look at every request. Those of the API are never theirs.</summary>
internal sealed class SchemesOfPath(IOptions<AuthenticationOptions> options, IHttpContextAccessor http) : AuthenticationSchemeProvider(options)
{
    public override async Task<IEnumerable<AuthenticationScheme>> GetRequestHandlerSchemesAsync() =>
        http.HttpContext?.Request.Path.StartsWithSegments("/api") == true
            ? [(await GetSchemeAsync(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme))!]
            : await base.GetRequestHandlerSchemesAsync();
}
