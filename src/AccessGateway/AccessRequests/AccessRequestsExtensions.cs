namespace AccessGateway.AccessRequests;

using Microsoft.Extensions.DependencyInjection;

internal static class AccessRequestsExtensions
{
    public static IServiceCollection AddAccessRequests(this IServiceCollection services) => services
        .AddSingleton<TicketTrackers>()
        .AddScoped<DecisionFacts>()
        .AddScoped<Decisions>()
        .AddScoped<RequestDrafts>()
        .AddScoped<AccessRequests>()
        .AddScoped<Submissions>()
        .AddScoped<RequestEnds>()
        .AddScoped<RequestBlastRadii>()
        .AddScoped<RequestComments>()
        .AddScoped<RequestHistory>()
        .AddHostedService<RequestExpiry>();
}
