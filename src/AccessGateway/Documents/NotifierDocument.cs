namespace AccessGateway.Documents;

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AccessGateway.Notifications;
using AccessGateway.Outbound;

/// <summary>Reads a document of kind Notifier. Secrets are named and not read: a missing one is the notifier's trouble, and keeps no gateway
/// from starting.</summary>
internal static partial class NotifierDocument
{
    private static readonly string[] Kinds = ["webhook", "slack", "email"];

    public static NotifierDefinition Read(string name, MappingReader spec)
    {
        if (Kinds.Count(spec.Has) != 1)
            spec.Error("Give exactly one of webhook, slack and email.");
        var (webhook, slack, email) = (spec.Mapping("webhook"), spec.Mapping("slack"), spec.Mapping("email"));
        ChannelDefinition channel = spec.Has("slack") ? ReadSlack(slack) : spec.Has("email") ? ReadEmail(email) : spec.Has("webhook") ? ReadWebhook(webhook) : Nothing;
        var events = spec.Texts("events", NotificationEvents.PatternProblem);
        if (spec.Has("events") && events.Count == 0)
            spec.Error("events: name at least one, or leave it out for the usual ones.", "events");
        return new NotifierDefinition(
            name, channel,
            events.Count > 0 ? events : channel is ChannelDefinition.Email ? [.. NotificationEvents.Default, .. NotificationEvents.Account] : NotificationEvents.Default,
            spec.Texts("clusters", Names.NamespacePatternProblem));
    }

    private static ChannelDefinition.Slack Nothing => new(new SecretReference(null, null), OutboundRules.PublicOnly);

    private static ChannelDefinition.Webhook ReadWebhook(MappingReader webhook)
    {
        var rules = ReadRules(webhook);
        var url = webhook.Text("url", text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? rules.UrlProblem(uri) : "must be an https:// address without user and fragment.", required: true);
        var definition = new ChannelDefinition.Webhook(Uri.TryCreate(url, UriKind.Absolute, out var target) ? target : new Uri("https://invalid"), ReadSecret(webhook, "secret"), rules);
        webhook.Finish();
        return definition;
    }

    private static ChannelDefinition.Slack ReadSlack(MappingReader slack)
    {
        var definition = new ChannelDefinition.Slack(ReadSecret(slack, "webhookUrl"), ReadRules(slack));
        slack.Finish();
        return definition;
    }

    private static ChannelDefinition.Email ReadEmail(MappingReader email)
    {
        var smtp = ReadSmtp(email.Mapping("smtp", required: true));
        var from = email.Text("from", EmailProblem, required: true);
        var to = email.Mapping("to", required: true);
        var audience = new EmailAudience(to.Flag("reviewers"), to.Flag("administrators"), to.Flag("requester"), to.Texts("addresses", EmailProblem));
        if (audience is { Reviewers: false, Administrators: false, Requester: false, Addresses.Count: 0 })
            to.Error("to: says nobody; give at least one of reviewers, administrators, requester and addresses.");
        to.Finish();
        email.Finish();
        return new ChannelDefinition.Email(smtp, from, audience);
    }

    private static SmtpDefinition ReadSmtp(MappingReader smtp)
    {
        var host = smtp.Text("host", text => Uri.CheckHostName(text) == UriHostNameType.Unknown ? $"'{text}' is no host." : null, required: true);
        var tls = smtp.Text("tls", otherwise: "starttls");
        if (tls is not ("starttls" or "tls" or "none"))
            smtp.Error("tls must be starttls, tls or none.", "tls");
        var kind = tls switch { "tls" => SmtpTls.Tls, "none" => SmtpTls.None, _ => SmtpTls.StartTls };
        var userName = smtp.Text("username");
        if (smtp.Has("username") != smtp.Has("password"))
            smtp.Error("Give both of username and password, or neither.");
        if (kind == SmtpTls.None && smtp.Has("password"))
            smtp.Error("A password is not sent in the clear: with tls: none give none.", "password");
        var password = smtp.Has("password") ? ReadSecret(smtp, "password") : null;
        smtp.Mapping("password");
        var port = smtp.Number("port", 1, 65535, kind switch { SmtpTls.Tls => 465, SmtpTls.None => 25, _ => 587 });
        var definition = new SmtpDefinition(host, port, kind, userName.Length > 0 ? userName : null, password) { CertificateAuthority = ReadAuthority(smtp) };
        smtp.Finish();
        return definition;
    }

    private static OutboundRules ReadRules(MappingReader channel) =>
        OutboundRules.Of(channel.Texts("allow", OutboundRules.EntryProblem)) with { CertificateAuthority = ReadAuthority(channel) };

    /// <summary><c>{file: path}</c>, relative to the document, or <c>{environment: NAME}</c>.</summary>
    private static SecretReference ReadSecret(MappingReader parent, string key)
    {
        var secret = parent.Mapping(key, required: true);
        if (parent.Has(key) && secret.Has("file") == secret.Has("environment"))
            secret.Error($"{key}: say where it is, by file or by environment; a secret itself never stands in a document.", key: null);
        var file = secret.Text("file");
        var variable = secret.Text("environment", text => VariableName().IsMatch(text) ? null : $"'{text}' is no variable's name.");
        secret.Finish();
        return new SecretReference(
            file.Length > 0 && !file.Contains('\0', StringComparison.Ordinal) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(parent.File))!, file) : null,
            variable.Length > 0 ? variable : null);
    }

    private static X509Certificate2Collection? ReadAuthority(MappingReader parent)
    {
        var authority = parent.Mapping("certificateAuthority");
        if (!parent.Has("certificateAuthority"))
            return null;
        var path = authority.Text("file", required: true);
        authority.Finish();
        if (path.Length == 0)
            return null;
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(parent.File))!, path));
            if (certificates.Count == 0)
                authority.Error($"file: '{path}' holds no certificate in PEM.", "file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            authority.Error($"file: '{path}' cannot be read: {e.Message}", "file");
        }

        return certificates;
    }

    private static string? EmailProblem(string text) => Names.EmailProblem(text);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableName();
}
