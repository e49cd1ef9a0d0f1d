namespace AccessGateway.Documents;

using System.Text.RegularExpressions;
using AccessGateway.Notifications;
using AccessGateway.Outbound;

/// <summary>Reads a document of kind Notifier. Secrets are named and not read: a missing one is the notifier's trouble, and keeps no gateway
/// from starting.</summary>
internal static partial class NotifierDocument
{
    public static NotifierDefinition Read(string name, MappingReader metadata, MappingReader spec)
    {
        ChannelDefinition?[] channels = [spec.Optional("webhook", ReadWebhook), spec.Optional("slack", ReadSlack), spec.Optional("email", ReadEmail)];
        if (channels.Count(given => given is not null) != 1)
            spec.Error("Give exactly one of webhook, slack and email.");
        var channel = channels.FirstOrDefault(given => given is not null) ?? new ChannelDefinition.Slack(new SecretReference(null, null), OutboundRules.PublicOnly);
        var events = spec.Texts("events", NotificationEvents.PatternProblem);
        if (spec.Has("events") && events.Count == 0)
            spec.Error("events: name at least one, or leave it out for the usual ones.", "events");
        return new NotifierDefinition(
            name, channel,
            events.Count > 0 ? events : channel is ChannelDefinition.Email ? [.. NotificationEvents.Default, .. NotificationEvents.Account] : NotificationEvents.Default,
            spec.Texts("clusters", Names.NamespacePatternProblem));
    }

    private static ChannelDefinition.Webhook ReadWebhook(MappingReader webhook)
    {
        var (url, rules) = OutboundKeys.ReadUrl(webhook);
        return new ChannelDefinition.Webhook(url, ReadSecret(webhook, "secret"), rules);
    }

    private static ChannelDefinition.Slack ReadSlack(MappingReader slack) => new(ReadSecret(slack, "webhookUrl"), OutboundKeys.ReadRules(slack));

    private static ChannelDefinition.Email ReadEmail(MappingReader email)
    {
        var smtp = email.Mapping("smtp", required: true);
        var server = ReadSmtp(smtp);
        smtp.Finish();
        var from = email.Text("from", Names.EmailProblem, required: true);
        var to = email.Mapping("to", required: true);
        var audience = new EmailAudience(to.Flag("reviewers"), to.Flag("administrators"), to.Flag("requester"), to.Texts("addresses", Names.EmailProblem));
        if (email.Has("to") && audience is { Reviewers: false, Administrators: false, Requester: false, Addresses.Count: 0 })
            to.Error("to: says nobody; give at least one of reviewers, administrators, requester and addresses.");
        to.Finish();
        return new ChannelDefinition.Email(server, from, audience);
    }

    private static SmtpDefinition ReadSmtp(MappingReader smtp)
    {
        var host = smtp.Text("host", text => Uri.CheckHostName(text) == UriHostNameType.Unknown ? $"'{text}' is no host." : null, required: true);
        var tls = smtp.Choice("tls", ["starttls", "tls", "none"]) switch { "tls" => SmtpTls.Tls, "none" => SmtpTls.None, _ => SmtpTls.StartTls };
        var userName = smtp.Text("username");
        var password = smtp.Optional("password", ReadSecret);
        if (smtp.Has("username") != smtp.Has("password"))
            smtp.Error("Give both of username and password, or neither.");
        if (tls == SmtpTls.None && password is not null)
            smtp.Error("A password is not sent in the clear: with tls: none give none.", "password");
        var port = smtp.Number("port", 1, 65535, tls switch { SmtpTls.Tls => 465, SmtpTls.None => 25, _ => 587 });
        return new SmtpDefinition(host, port, tls, userName.Length > 0 ? userName : null, password) { CertificateAuthority = OutboundKeys.ReadAuthority(smtp) };
    }

    private static SecretReference ReadSecret(MappingReader parent, string key)
    {
        var mapping = parent.Mapping(key, required: true);
        if (!parent.Has(key))
            return new SecretReference(null, null);
        var secret = ReadSecret(mapping);
        mapping.Finish();
        return secret;
    }

    /// <summary><c>{file: path}</c>, relative to the document, or <c>{environment: NAME}</c>.</summary>
    private static SecretReference ReadSecret(MappingReader secret)
    {
        if (secret.Has("file") == secret.Has("environment"))
            secret.Error("Say where the secret is, by file or by environment; a secret itself never stands in a document.");
        var file = secret.Text("file");
        var variable = secret.Text("environment", text => VariableName().IsMatch(text) ? null : $"'{text}' is no variable's name.");
        return new SecretReference(
            file.Length > 0 && !file.Contains('\0', StringComparison.Ordinal) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(secret.File))!, file) : null,
            variable.Length > 0 ? variable : null);
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableName();
}
