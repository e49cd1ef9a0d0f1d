namespace AccessGateway.Problems;

using System.Diagnostics.CodeAnalysis;

/// <summary>A value, or the <see cref="Refusal"/> that stands in its place.</summary>
internal readonly struct Outcome<T>
    where T : class
{
    private readonly T? _value;
    private readonly Refusal? _refusal;

    private Outcome(T? value, Refusal? refusal) => (_value, _refusal) = (value, refusal);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);

    /// <summary>True with the value, false with the refusal.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = _value;
        refusal = _value is null ? _refusal ?? throw new InvalidOperationException("An outcome was never given.") : null;
        return _value is not null;
    }
}
