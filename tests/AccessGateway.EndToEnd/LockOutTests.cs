namespace AccessGateway.EndToEnd;

using System.Net;
using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Xunit;

/// <summary>I6 over two gateway processes that share one PostgreSQL: wrong codes in parallel never get more than the limit.</summary>
public sealed class LockOutTests
{
    private const int Attempts = 50;

    [Fact]
    public async Task StepUp_FiftyWrongCodesAtOnceOnTwoProcesses_NoMoreThanTheLimitIsJudged()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseKind.Postgres);
        var data = Directory.CreateTempSubdirectory("access-gateway-lock-").FullName;
        await using var prepared = await TestGateway.CreateAsync(database: database, data: data);
        var config = Path.Combine(data, "config");
        await using var first = await GatewayProcess.StartAsync(data, config, "lock", database.Options);
        await using var second = await GatewayProcess.StartAsync(data, config, "lock", database.Options);
        var alice = await prepared.AddUserAsync("alice", "platform");
        prepared.Address = first.Address;
        using var here = await prepared.SignInAsync(alice);
        using var there = prepared.Anonymous(second.Address);
        there.DefaultRequestHeaders.Authorization = here.DefaultRequestHeaders.Authorization;

        var answers = await Task.WhenAll(Enumerable.Range(0, Attempts).Select(i => ProveAsync(i % 2 == 0 ? here : there, "000000")));
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests, $"{answer.Status}"));
        Assert.Equal(AttemptLimit.Free, answers.Count(answer => answer.Status == HttpStatusCode.Forbidden));
        Assert.All(answers.Where(answer => answer.Status == HttpStatusCode.TooManyRequests), answer => Assert.InRange(answer.RetryAfter ?? 0, 1, 60));

        // Locked is locked: the right code does not count either, on neither process.
        var right = alice.CodeAt(TimeProvider.System.GetUtcNow());
        Assert.Equal(HttpStatusCode.TooManyRequests, (await ProveAsync(here, right)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await ProveAsync(there, right)).Status);
        Directory.Delete(data, recursive: true);
    }

    private static async Task<(HttpStatusCode Status, double? RetryAfter)> ProveAsync(HttpClient client, string code)
    {
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/step-up", new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = "activate:ar-0000000000000" }, GatewayJson.Default.StepUpRequest);
        return (answer.StatusCode, answer.Headers.RetryAfter?.Delta?.TotalSeconds);
    }
}
