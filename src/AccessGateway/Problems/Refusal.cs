namespace AccessGateway.Problems;

using AccessGateway.Contracts;

/// <summary>Why an operation was not done. The list is closed; <see cref="ProblemResults"/> is its one mapping to HTTP.</summary>
internal abstract record Refusal(string Code, string Detail)
{
    /// <summary>Does not exist, or is not for the caller to know of.</summary>
    internal sealed record NotFound(string Detail) : Refusal(ProblemCodes.NotFound, Detail);

    /// <summary>The state does not allow it (any more).</summary>
    internal sealed record Conflict(string Detail, string Code = ProblemCodes.Conflict) : Refusal(Code, Detail);

    /// <summary>The caller may not.</summary>
    internal sealed record Forbidden(string Detail, string Code = ProblemCodes.Forbidden) : Refusal(Code, Detail);

    /// <summary>Values are not acceptable; <paramref name="Errors"/> by the field's JSON name, or empty where it is no single field.</summary>
    internal sealed record Invalid(string Detail, IReadOnlyDictionary<string, string[]> Errors, string Code = ProblemCodes.Invalid) : Refusal(Code, Detail)
    {
        public Invalid(string field, string error)
            : this($"{field}: {error}", new Dictionary<string, string[]> { [field] = [error] })
        {
        }
    }

    /// <summary>Fresh MFA is needed for <paramref name="Action"/> (RFC 9470).</summary>
    /// <param name="Methods">The factors that would count.</param>
    /// <param name="MaxAge">How long ago the MFA of an earlier action of the kind may be; zero where none serves.</param>
    internal sealed record StepUpRequired(string Action, IReadOnlyList<string> Methods, TimeSpan MaxAge) : Refusal(ProblemCodes.StepUpRequired, "This needs fresh proof that it is you.");

    /// <summary>Too many failures; wait.</summary>
    internal sealed record Locked(TimeSpan RetryAfter) : Refusal(ProblemCodes.Locked, $"Too many failed attempts. Try again in {DurationText.Format(RetryAfter)}.");

    /// <summary>The cluster's API server refused or failed.</summary>
    internal sealed record ClusterFailed(string Detail) : Refusal(ProblemCodes.ClusterFailed, Detail);

    /// <summary>Cannot be done now.</summary>
    internal sealed record Unavailable(string Detail) : Refusal(ProblemCodes.Unavailable, Detail);
}
