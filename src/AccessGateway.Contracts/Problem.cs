namespace AccessGateway.Contracts;

/// <summary>An error, as RFC 9457 problem details. <see cref="Code"/> is stable and meant for programs; the rest is for people.</summary>
public sealed record Problem
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    /// <summary>The HTTP status, 400 to 599.</summary>
    public int Status { get; init; }

    public string? Detail { get; init; }

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string? Code { get; init; }

    /// <summary>What is wrong with which field, by the field's JSON name (only with <see cref="ProblemCodes.Invalid"/>).</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>With <see cref="ProblemCodes.StepUpRequired"/>: the action to prove oneself for, as <c>POST /api/v1/step-up</c> takes it.</summary>
    public string? Action { get; init; }

    /// <summary>With <see cref="ProblemCodes.StepUpRequired"/>: the methods that would be accepted.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>With <see cref="ProblemCodes.StepUpRequired"/>: for how many seconds the proof will serve further actions of the kind; 0 for none.</summary>
    public int? MaxAge { get; init; }
}
