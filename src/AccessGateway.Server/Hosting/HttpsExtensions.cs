namespace AccessGateway.Server.Hosting;

using AccessGateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

/// <summary>Listens with HTTPS: with the certificate of <c>Kestrel:Certificates:Default</c>, or with one of the gateway's own making.</summary>
internal static class HttpsExtensions
{
    public static void AddHttps(this WebApplicationBuilder builder, string defaultUrl, long maxBody)
    {
        var configuration = builder.Configuration;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        if (string.IsNullOrEmpty(configuration["Urls"]))
            builder.WebHost.UseUrls(defaultUrl);
        else
            builder.WebHost.UseUrls(configuration["Urls"]!);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Configure(configuration.GetSection("Kestrel"));
            if (!configuration.GetSection("Kestrel:Certificates:Default").Exists())
                kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = ServerCertificate.ReadOrCreate(
                    PersistenceExtensions.DataFolder(configuration["Gateway:Data"] ?? new GatewayOptions().Data),
                    new Uri(configuration["Gateway:PublicUrl"] ?? new GatewayOptions().PublicUrl).Host,
                    TimeProvider.System));
        });
    }
}
