namespace AccessGateway.Portal.Layout;

using AccessGateway.Contracts;
using AccessGateway.Problems;

/// <summary>A refusal as a form shows it: beside the fields it names, else above them.</summary>
public sealed class FormProblem
{
    private const string CodeField = "code";

    private readonly IReadOnlyDictionary<string, string[]> _errors;

    internal FormProblem(string? general, IReadOnlyDictionary<string, string[]> errors) => (General, _errors) = (general, errors);

    /// <summary>What belongs to no field of the form.</summary>
    public string? General { get; }

    /// <summary>What is wrong with a field, or null.</summary>
    public string? this[string field] => _errors.TryGetValue(field, out var errors) ? Sentence(errors[0]) : null;

    internal static FormProblem Of(Refusal refusal) => refusal switch
    {
        Refusal.Invalid { Errors.Count: > 0 } invalid => new(null, invalid.Errors),
        Refusal.Locked => new(null, Field(CodeField, refusal.Detail)),
        _ when refusal.Code is ProblemCodes.StepUpFailed or ProblemCodes.StepUpRequired => new(null, Field(CodeField, refusal.Detail)),
        _ => new(refusal.Detail, new Dictionary<string, string[]>()),
    };

    /// <summary>The same, with the errors of fields that the form does not have moved to the top.</summary>
    internal FormProblem For(params ReadOnlySpan<string> fields)
    {
        var shown = fields.ToArray();
        var rest = _errors.Where(error => !shown.Contains(error.Key)).Select(error => Sentence(error.Value[0]));
        var general = string.Join(" ", rest.Prepend(General).OfType<string>());
        return new(general.Length == 0 ? null : general, _errors.Where(error => shown.Contains(error.Key)).ToDictionary());
    }

    private static Dictionary<string, string[]> Field(string name, string error) => new() { [name] = [error] };

    /// <summary>The services' errors continue the field's name ("must be …"); beside a label they stand alone.</summary>
    private static string Sentence(string error) => error is [>= 'a' and <= 'z', ..] ? $"This {error}" : error;
}
