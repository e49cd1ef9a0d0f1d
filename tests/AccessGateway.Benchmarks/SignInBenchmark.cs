namespace AccessGateway.Benchmarks;

using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using AccessGateway.Persistence;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Signing in with name, password and code through the portal's form over HTTPS: one after another, and many at once. Beside it what
/// the password hash alone costs, which is most of it on purpose, and how fast a TOTP code is checked.
/// </summary>
internal static partial class SignInBenchmark
{
    private const int WarmUp = 5;
    private const int Runs = 50;
    private const int AtOnce = 200;

    /// <param name="kind">The database; PostgreSQL is the server that <c>ACCESSGATEWAY_TEST_POSTGRES</c> names.</param>
    public static async Task<int> RunAsync(DatabaseKind kind)
    {
        await using var gateway = await TestGateway.CreateAsync(kind, configure: TestGateway.HashInEarnest);
        await gateway.ListenAsync();
        var users = await AddUsersAsync(gateway, WarmUp + Runs + AtOnce);

        var alone = new List<double>();
        foreach (var user in users.Take(WarmUp + Runs))
        {
            var form = await FormAsync(gateway);
            var start = Stopwatch.GetTimestamp();
            if (!await SignInAsync(gateway, form, user))
                throw new InvalidOperationException("A sign-in failed.");
            alone.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        alone.RemoveRange(0, WarmUp);
        Console.WriteLine($"sign-in, one after another, {Runs} runs on {kind}: p50 {At(alone, 0.5):0} ms, p95 {At(alone, 0.95):0} ms");
        Console.WriteLine($"of which the password hash (PBKDF2-HMAC-SHA512, {Passwords.Iterations} iterations): p50 {HashCost(gateway):0} ms");

        var forms = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => FormAsync(gateway)));
        var began = Stopwatch.GetTimestamp();
        var signedIn = await Task.WhenAll(users.Skip(WarmUp + Runs).Select((user, index) => SignInAsync(gateway, forms[index], user)));
        var took = Stopwatch.GetElapsedTime(began);
        Console.WriteLine($"{AtOnce} at once: {signedIn.Count(done => !done)} failed, {took.TotalSeconds:0.0} s, {AtOnce / took.TotalSeconds:0} a second");
        Console.WriteLine($"TOTP checks (previous and current step): {TotpRate(users[0], gateway.Clock.GetUtcNow()):N0} a second on one core");
        return signedIn.All(done => done) ? 0 : 1;
    }

    /// <summary>Enrolled users who share one password hash: making each costs as much as a sign-in.</summary>
    private static async Task<List<TestUser>> AddUsersAsync(TestGateway gateway, int count)
    {
        var users = new List<TestUser>();
        for (var i = 0; i < count; i++)
            users.Add(await gateway.AddUserAsync($"user{i}", "platform"));
        var hash = gateway.Services.GetRequiredService<Passwords>().Hash(TestGateway.GoodPassword);
        await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Users.ExecuteUpdateAsync(set => set.SetProperty(user => user.PasswordHash, hash)));
        return users;
    }

    /// <summary>Opens the page as a browser does: its cookie and its form's antiforgery token.</summary>
    private static async Task<(HttpClient Client, string Cookie, string Antiforgery)> FormAsync(TestGateway gateway)
    {
        var client = gateway.Anonymous();
        using var page = (await client.GetAsync(new Uri(BrowserCookies.SignInPath, UriKind.Relative))).EnsureSuccessStatusCode();
        return (client, page.Headers.GetValues("Set-Cookie").First().Split(';')[0], Token().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value);
    }

    private static async Task<bool> SignInAsync(TestGateway gateway, (HttpClient Client, string Cookie, string Antiforgery) form, TestUser user)
    {
        using var client = form.Client;
        using var post = new HttpRequestMessage(HttpMethod.Post, BrowserCookies.SignInPath)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["_handler"] = "sign-in",
                ["__RequestVerificationToken"] = form.Antiforgery,
                ["name"] = user.Name,
                ["password"] = TestGateway.GoodPassword,
                ["code"] = user.CodeAt(gateway.Clock.GetUtcNow()),
            }),
        };
        post.Headers.Add("Cookie", form.Cookie);
        using var answer = await client.SendAsync(post);
        return answer.StatusCode == HttpStatusCode.Redirect;
    }

    private static double HashCost(TestGateway gateway)
    {
        var passwords = gateway.Services.GetRequiredService<Passwords>();
        var hash = passwords.Hash(TestGateway.GoodPassword);
        var costs = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var start = Stopwatch.GetTimestamp();
            passwords.Verify(hash, TestGateway.GoodPassword);
            costs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return At(costs, 0.5);
    }

    private static double TotpRate(TestUser user, DateTimeOffset now)
    {
        const int checks = 50_000;
        for (var i = 0; i < 1000; i++)
            TotpCodes.Match(user.TotpSecret, "000000", now);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < checks; i++)
            TotpCodes.Match(user.TotpSecret, "000000", now);
        return checks / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double At(List<double> values, double quantile) => values.Order().ElementAt((int)(values.Count * quantile));

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
