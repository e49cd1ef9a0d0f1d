namespace AccessGateway.Testing;

using AccessGateway.Notifications;

/// <summary>Documents of kind Notifier, beside the standard ones, and the pass that a gateway without its loops makes.</summary>
internal static class NotifierDocuments
{
    /// <summary>Base64 of 32 bytes, as Standard Webhooks writes a secret.</summary>
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAECAwQFBgc=";

    /// <summary>The standard documents and notifiers, each with its spec as a YAML mapping of one line.</summary>
    public static string With(params (string Name, string Spec)[] notifiers) => StandardDocuments.Yaml(new Uri("https://127.0.0.1:1")) + string.Concat(notifiers.Select(notifier => $"""

        ---
        apiVersion: access-gateway/v1
        kind: Notifier
        metadata: {"{"}name: {notifier.Name}{"}"}
        spec: {notifier.Spec}
        """));

    /// <summary>A webhook to the receiver, which is allowed by its address.</summary>
    public static string Webhook(Uri url, string secretFile, string more = "", string allow = "127.0.0.1") =>
        $"{{webhook: {{url: '{url}', secret: {{file: '{secretFile}'}}, allow: [{allow}]}}{more}}}";

    public static string SecretFile(string text = Secret)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        return file;
    }

    public static Task RunNotifiersAsync(this TestGateway gateway) => gateway.InScopeAsync(async services =>
    {
        foreach (var notifier in ((AccessGateway.Documents.GatewayDocuments)services.GetService(typeof(AccessGateway.Documents.GatewayDocuments))!).Notifiers)
            await ((NotifierPass)services.GetService(typeof(NotifierPass))!).RunAsync(notifier, CancellationToken.None);
        return 0;
    });
}
