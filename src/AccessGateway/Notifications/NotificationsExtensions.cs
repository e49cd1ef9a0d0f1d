namespace AccessGateway.Notifications;

using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

internal static class NotificationsExtensions
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddSingleton<Channels>()
        .AddScoped<Recipients>()
        .AddScoped<Collector>()
        .AddScoped<Outbox>()
        .AddScoped<Delivery>()
        .AddScoped<NotifierPass>()
        .AddScoped<NotifierDirectory>()
        .AddScoped<NotifierTest>()
        .AddHostedService<NotificationLoop>();

    public static void MapNotifications(this RouteGroupBuilder api) => api.MapGroup("/notifiers").WithTags("Notifications").MapGet("/", ListAsync);

    private static async Task<Results<Ok<Page<NotifierView>>, ProblemHttpResult>> ListAsync(Caller caller, NotifierDirectory notifiers, CancellationToken cancellationToken) =>
        (await notifiers.ListAsync(caller, cancellationToken)).Is(out var list, out var refusal) ? TypedResults.Ok(new Page<NotifierView>(list, null)) : ProblemResults.Of(refusal);
}
