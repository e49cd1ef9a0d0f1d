namespace AccessGateway.Kubectl.Tests.Fakes;

using System.Collections.Concurrent;
using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>Step-up with one good code; a proof holds once, for its action alone.</summary>
internal sealed class FakeStepUp
{
    public const string GoodCode = "492039";

    private readonly ConcurrentDictionary<string, string> _proofs = new();
    private int _made;

    public Reply Answer(RecordedCall call)
    {
        var request = JsonSerializer.Deserialize(call.Body, GatewayJson.Default.StepUpRequest)!;
        if (request.Method != StepUpMethods.Totp || request.Code != GoodCode)
            return Reply.Problem(403, ProblemCodes.StepUpFailed, "The code is wrong");
        var proof = $"proof-{Interlocked.Increment(ref _made)}";
        _proofs[proof] = request.Action;
        return Reply.Json(new StepUpResponse(proof, DateTimeOffset.UnixEpoch), GatewayJson.Default.StepUpResponse);
    }

    public Reply Guard(RecordedCall call, string action, Func<RecordedCall, Reply> answer) =>
        call.Headers.TryGetValue(StepUpActions.Header, out var proof) && _proofs.TryRemove(proof, out var provenFor) && provenFor == action
            ? answer(call)
            : Reply.Problem(403, ProblemCodes.StepUpRequired, "Fresh MFA is needed", action);
}
