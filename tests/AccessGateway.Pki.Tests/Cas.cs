namespace AccessGateway.Pki.Tests;

/// <summary>A CA and a template that fit each other, at a fixed time.</summary>
internal static class Cas
{
    internal static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, 250, TimeSpan.Zero);

    internal static LocalCa New(TimeSpan? lifetime = null) => LocalCa.Generate("gateway dev", Now, lifetime ?? TimeSpan.FromDays(365));

    internal static LeafTemplate Template(string commonName = "ada@example.org", string organization = "jit:01jabc") =>
        new(commonName, organization, Now.AddSeconds(-60), Now.AddMinutes(10));
}
