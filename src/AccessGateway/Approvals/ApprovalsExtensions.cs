namespace AccessGateway.Approvals;

using Microsoft.Extensions.DependencyInjection;

internal static class ApprovalsExtensions
{
    public static IServiceCollection AddApprovals(this IServiceCollection services) => services
        .AddScoped<Approvals>()
        .AddScoped<AfterReviews>()
        .AddScoped<Reminders>()
        .AddHostedService<ReviewClock>();
}
