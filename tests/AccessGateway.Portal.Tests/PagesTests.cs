namespace AccessGateway.Portal.Tests;

using System.Reflection;
using AccessGateway.SignIn;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Xunit;

public sealed class PagesTests
{
    /// <summary>What somebody must reach who is not signed in.</summary>
    private static readonly string[] Open = ["/sign-in", "/sign-in/problem", "/sign-in/second-step", "/enrol/{Secret}"];

    public static TheoryData<Type> Pages => [.. typeof(App).Assembly.GetTypes().Where(type => type.GetCustomAttributes<RouteAttribute>().Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_NotOpen_DemandsThePortalPolicy(Type page)
    {
        var route = page.GetCustomAttribute<RouteAttribute>()!.Template;
        var policy = page.GetCustomAttribute<AuthorizeAttribute>()?.Policy;
        Assert.Equal(Open.Contains(route) ? null : SignInExtensions.PortalPolicy, policy);
    }

    [Fact]
    public void Pages_OfThePortal_AreAllFound() => Assert.Equal(
        ["/", "/audit", "/clusters", "/clusters/{Name}", "/clusters/{Name}/posture", "/device", "/enrol/{Secret}", "/grants", "/grants/{Id}", "/login/confirm", "/logins", "/machines", "/machines/{Name}", "/notifications", "/requests", "/requests/new", "/requests/{Id}", "/reviews",
         "/security", "/security/add-authenticator", "/security/add-passkey", "/security/factors/{Id}", "/security/recovery-codes",
         "/sign-in", "/sign-in/problem", "/sign-in/second-step", "/step-up", "/users", "/users/new", "/users/{Name}"],
        Pages.Select(row => row.Data.GetCustomAttribute<RouteAttribute>()!.Template).Order(StringComparer.Ordinal));
}
