namespace AccessGateway.Documents;

using AccessGateway.Contracts;
using AccessGateway.SignIn;
using Microsoft.IdentityModel.Tokens;

/// <summary>Reads a document of kind MachineClient: a name, and the public keys that its assertions are checked with.</summary>
internal static class MachineClientDocument
{
    private const int MaxKeys = 10;

    /// <summary>So long that the subject's name still fits into a leaf.</summary>
    private static readonly int MaxName = MachineRules.LongestName - MachineRules.NameOf(Policy.MachineKind.Client, "").Length;

    public static MachineClient Read(string name, MappingReader metadata, MappingReader spec)
    {
        if (name == OAuth.ClientId)
            metadata.Error($"'{name}' is the plugin's own name.", "name");
        if (name.Length > MaxName)
            metadata.Error($"The name of a client has at most {MaxName} characters.", "name");
        var keys = new List<JsonWebKey>();
        var entries = spec.Mappings("keys", required: true);
        foreach (var entry in entries)
        {
            keys.AddRange(ReadKeys(entry));
            entry.Finish();
        }

        if (entries.Count is 0 or > MaxKeys)
            spec.Error($"keys: give 1 to {MaxKeys}.", "keys");
        return new MachineClient(name, keys);
    }

    private static List<JsonWebKey> ReadKeys(MappingReader entry)
    {
        if (entry.Has("file") == entry.Has("jwks"))
            entry.Error("keys: give each as {file: …} with a public key in PEM, or {jwks: {file: …}}.");
        return [.. ReadPem(entry), .. entry.Optional("jwks", ReadJwks) ?? []];
    }

    private static IReadOnlyList<JsonWebKey> ReadJwks(MappingReader jwks)
    {
        var (keys, problem) = MachineKeys.FromJwks(jwks.FileText("file"));
        if (problem is not null)
            jwks.Error($"file: {problem}", "file");
        return keys ?? [];
    }

    private static IReadOnlyList<JsonWebKey> ReadPem(MappingReader entry)
    {
        var pem = entry.FileText("file", required: false);
        if (!entry.Has("file"))
            return [];
        var (key, problem) = MachineKeys.FromPem(pem);
        if (problem is not null)
            entry.Error($"file: {problem}", "file");
        return key is null ? [] : [key];
    }
}
