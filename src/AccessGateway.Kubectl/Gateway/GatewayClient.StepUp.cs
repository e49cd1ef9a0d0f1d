namespace AccessGateway.Kubectl.Gateway;

using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>Step-up: from the gateway's challenge to a proof.</summary>
internal sealed partial class GatewayClient
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The gateway forgets a prompt after two minutes and says so; this is for one that never does.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private async Task<string> StepUpAsync(string action, Problem problem, string accessToken, CancellationToken cancellation)
    {
        var methods = problem.Methods ?? [];
        if (await stepUp.CodeAsync(methods, cancellation) is not { } code)
            return await ProveInBrowserAsync(action, methods, cancellation);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = action }, GatewayJson.Default.StepUpRequest);
        // No idempotency key: an answer that holds a proof is not for keeping.
        var headers = new Dictionary<string, string> { ["Authorization"] = "Bearer " + accessToken };
        using var content = Json(body);
        var answer = await transport.SendAsync(HttpMethod.Post, Api + "/step-up", content, headers, cancellation);
        return answer.IsSuccess ? answer.Read(GatewayJson.Default.StepUpResponse).Proof : throw answer.ToFailure();
    }

    private async Task<string> ProveInBrowserAsync(string action, IReadOnlyList<string> methods, CancellationToken cancellation)
    {
        var asked = new StartBrowserStepUp { Action = action, Methods = methods.Count > 0 ? methods : null };
        var prompt = await PostAsync(
            "/step-up/browser", JsonSerializer.SerializeToUtf8Bytes(asked, GatewayJson.Default.StartBrowserStepUp), GatewayJson.Default.BrowserStepUp, cancellation);
        await stepUp.ShowAsync(prompt);

        var time = stepUp.Environment.Time;
        var ends = time.GetUtcNow() + Patience;
        var pause = TimeSpan.FromSeconds(prompt.Interval);
        pause = pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
        while (time.GetUtcNow() + pause < ends)
        {
            await Task.Delay(pause, time, cancellation);
            if (await PollAsync(prompt.Reference, cancellation) is { } proof)
                return proof;
        }

        throw Unanswered();
    }

    /// <summary>Null while the person has not answered, or while the gateway cannot be reached.</summary>
    private async Task<string?> PollAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            return (await PostAsync($"/step-up/browser/{Uri.EscapeDataString(reference)}/proof", null, GatewayJson.Default.StepUpResponse, cancellation)).Proof;
        }
        catch (GatewayOutageException)
        {
            return null;
        }
        catch (GatewayRefusedException e) when (e.Problem.Code == ProblemCodes.StepUpPending)
        {
            return null;
        }
        catch (GatewayRefusedException e) when (e.Problem.Code == ProblemCodes.StepUpDenied)
        {
            throw new CommandFailedException("it was denied in the browser");
        }
        catch (GatewayRefusedException e) when (e.Problem.Code == ProblemCodes.NotFound)
        {
            throw Unanswered();
        }
    }

    private static CommandFailedException Unanswered() => new("nobody answered in the browser in time; run the command again");
}
