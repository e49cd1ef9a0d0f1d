namespace AccessGateway.Clusters;

using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

/// <summary>
/// The credentials part of a kubeconfig: a bearer token, or a client certificate with its key, written into the file itself.
/// Whatever would run a program, read another file, or weaken TLS is refused.
/// </summary>
internal sealed record GatewayKubeconfig(string? Token, string? ClientCertificatePem, string? ClientKeyPem)
{
    private static readonly string[] AllowedUserKeys = ["token", "client-certificate-data", "client-key-data"];
    private static readonly string[] AllowedClusterKeys = ["server", "certificate-authority-data"];

    /// <summary>Reads the current context's user. One of the two results is null.</summary>
    public static (GatewayKubeconfig? Kubeconfig, string? Problem) Read(string yaml)
    {
        YamlMappingNode root;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents is not [{ RootNode: YamlMappingNode mapping }])
                return (null, "is no kubeconfig.");
            root = mapping;
        }
        catch (YamlException e)
        {
            return (null, $"line {e.Start.Line}: {e.Message}");
        }

        var context = Named(root, "contexts", Text(root, "current-context"), "context");
        if (context is null)
            return (null, "has no current context.");
        var user = Named(root, "users", Text(context, "user"), "user");
        var cluster = Named(root, "clusters", Text(context, "cluster"), "cluster");
        if (user is null || cluster is null)
            return (null, "the current context names a user or cluster that is not in the file.");
        if (Foreign(user, AllowedUserKeys) is { } userKey)
            return (null, $"'{userKey}' of the user is not accepted; give {string.Join(", ", AllowedUserKeys)}.");
        return Foreign(cluster, AllowedClusterKeys) is { } clusterKey
            ? (null, $"'{clusterKey}' of the cluster is not accepted.")
            : Read(user);
    }

    private static (GatewayKubeconfig? Kubeconfig, string? Problem) Read(YamlMappingNode user)
    {
        var token = Text(user, "token");
        var certificate = Text(user, "client-certificate-data");
        var key = Text(user, "client-key-data");
        if (token is null == certificate is null || certificate is null != key is null)
            return (null, "the user needs a token, or client-certificate-data with client-key-data.");
        try
        {
            return (new GatewayKubeconfig(token, FromBase64(certificate), FromBase64(key)), null);
        }
        catch (FormatException)
        {
            return (null, "client-certificate-data or client-key-data is not base64.");
        }
    }

    private static string? FromBase64(string? text) => text is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(text));

    private static string? Foreign(YamlMappingNode node, string[] allowed) =>
        node.Children.Keys.Select(key => key.ToString()).FirstOrDefault(key => !allowed.Contains(key));

    private static YamlMappingNode? Named(YamlMappingNode root, string list, string? name, string inner) =>
        Child(root, list) is YamlSequenceNode sequence
            ? sequence.OfType<YamlMappingNode>().Where(item => Text(item, "name") == name && name is not null).Select(item => Child(item, inner)).OfType<YamlMappingNode>().FirstOrDefault()
            : null;

    private static string? Text(YamlMappingNode node, string key) => Child(node, key) is YamlScalarNode { Value: { Length: > 0 } value } ? value : null;

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.FirstOrDefault(pair => pair.Key.ToString() == key).Value;

    /// <summary>Never shows what is in it.</summary>
    public override string ToString() => Token is null ? "client certificate" : "token";
}
