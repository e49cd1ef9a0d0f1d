namespace AccessGateway.Kubectl.LocalFiles;

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AccessGateway.Kubectl.Credentials;
using AccessGateway.Kubectl.Kubeconfig;
using AccessGateway.Kubectl.Login;

/// <summary>The plugin's own files, and what it reads of a kubeconfig.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PluginConfig))]
[JsonSerializable(typeof(StoredLogin))]
[JsonSerializable(typeof(MachineProof))]
[JsonSerializable(typeof(GrantFacts))]
[JsonSerializable(typeof(KubeconfigView))]
internal sealed partial class PluginJson : JsonSerializerContext
{
    /// <summary>Null for a missing file; a broken one says so instead of passing for a missing one.</summary>
    public static T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return PrivateFile.Read(path) is { } content ? JsonSerializer.Deserialize(content, type) : null;
        }
        catch (JsonException)
        {
            throw new CommandFailedException($"{path} is damaged; sign in again with: kubectl access login --server URL");
        }
    }

    public static void Write<T>(string path, T value, JsonTypeInfo<T> type) =>
        PrivateFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(value, type));
}
