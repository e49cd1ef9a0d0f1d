namespace AccessGateway.Tests.Keys;

/// <summary>A data folder that several gateways share.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("access-gateway-data-").FullName;

    public string KeyFile => System.IO.Path.Combine(Path, "key-encryption.key");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
