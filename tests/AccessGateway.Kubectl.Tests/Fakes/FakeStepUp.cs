namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Collections.Concurrent;
using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>Step-up with one good code, or in a browser; a proof holds once, for its action alone.</summary>
internal sealed class FakeStepUp
{
    public const string GoodCode = "492039";
    public const string Reference = "WDJB-MJHT";
    public const string Page = "https://gateway.test/step-up?reference=" + Reference;

    private readonly ConcurrentDictionary<string, string> _proofs = new();
    private int _made;

    /// <summary>What the gateway says it accepts; it says nothing where null.</summary>
    public IReadOnlyList<string>? Methods { get; set; }

    /// <summary>What polls are answered, one after the other: <c>pending</c>, <c>outage</c>, <c>denied</c>, <c>gone</c>; then the proof.</summary>
    public Queue<string> Polls { get; } = new();

    public StartBrowserStepUp? Started { get; private set; }

    /// <summary>The address that the gateway gives for the browser.</summary>
    public string Address { get; set; } = Page;

    public Reply? Answer(RecordedCall call, string path) => path switch
    {
        "/step-up" => AnswerCode(call),
        "/step-up/browser" => Start(call),
        $"/step-up/browser/{Reference}/proof" => Poll(),
        _ => null,
    };

    public Reply Guard(RecordedCall call, string action, Func<RecordedCall, Reply> answer) =>
        call.Headers.TryGetValue(StepUpActions.Header, out var proof) && _proofs.TryRemove(proof, out var provenFor) && provenFor == action
            ? answer(call)
            : Reply.Problem(403, ProblemCodes.StepUpRequired, "Fresh MFA is needed", action, methods: Methods);

    private Reply AnswerCode(RecordedCall call)
    {
        var request = JsonSerializer.Deserialize(call.Body, GatewayJson.Default.StepUpRequest)!;
        return request.Method == StepUpMethods.Totp && request.Code == GoodCode
            ? Prove(request.Action)
            : Reply.Problem(403, ProblemCodes.StepUpFailed, "The code is wrong");
    }

    private Reply Start(RecordedCall call)
    {
        Started = JsonSerializer.Deserialize(call.Body, GatewayJson.Default.StartBrowserStepUp)!;
        return Reply.Json(new BrowserStepUp(Reference, Address, DateTimeOffset.UnixEpoch, 2), GatewayJson.Default.BrowserStepUp, 201);
    }

    private Reply Poll() => (Polls.Count > 0 ? Polls.Dequeue() : "proven") switch
    {
        "pending" => Reply.Problem(409, ProblemCodes.StepUpPending, "not yet"),
        "outage" => Reply.Problem(503, ProblemCodes.Unavailable, "down"),
        "denied" => Reply.Problem(403, ProblemCodes.StepUpDenied, "no"),
        "gone" => Reply.Problem(404, ProblemCodes.NotFound, "too late"),
        _ => Prove(Started!.Action),
    };

    private Reply Prove(string action)
    {
        var proof = $"proof-{Interlocked.Increment(ref _made)}";
        _proofs[proof] = action;
        return Reply.Json(new StepUpResponse(proof, DateTimeOffset.UnixEpoch), GatewayJson.Default.StepUpResponse);
    }
}
