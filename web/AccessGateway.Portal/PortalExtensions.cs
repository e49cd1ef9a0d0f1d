namespace AccessGateway.Portal;

using AccessGateway.Portal.Posture;
using AccessGateway.Portal.Security;
using AccessGateway.Portal.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The web portal: static server-side rendering, every page a form and a link.</summary>
public static class PortalExtensions
{
    public static IServiceCollection AddPortal(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "__Host-access-gateway-form";
            options.Cookie.Path = "/";
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            // The Content-Security-Policy forbids frames altogether; this would say SAMEORIGIN.
            options.SuppressXFrameOptionsHeader = true;
        });
        return services;
    }

    public static void MapPortal(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapSignOut();
        app.MapNotices();
        app.MapPostureDraft();
        app.MapRazorComponents<App>();
    }
}
