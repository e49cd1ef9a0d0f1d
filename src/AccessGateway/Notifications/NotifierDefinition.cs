namespace AccessGateway.Notifications;

using AccessGateway.Outbound;
using AccessGateway.Policy;

/// <summary>Who is told of what, and by which way; read from a document of kind Notifier.</summary>
/// <param name="Events">Patterns of event types.</param>
/// <param name="Clusters">Patterns of cluster names; empty for all, and for what concerns no cluster.</param>
internal sealed record NotifierDefinition(string Name, ChannelDefinition Channel, IReadOnlyList<string> Events, IReadOnlyList<string> Clusters)
{
    /// <summary>Whether the notifier tells of this at all.</summary>
    /// <param name="clusters">Those that it is about: one that is told of is enough.</param>
    /// <param name="concerns">The notifier that the event is about: its own troubles go to others.</param>
    public bool Tells(string type, IReadOnlyList<string> clusters, string? concerns) =>
        concerns != Name
        && Events.Any(pattern => Glob.IsMatch(pattern, type))
        && (Clusters.Count == 0 || clusters.Any(cluster => Clusters.Any(pattern => Glob.IsMatch(pattern, cluster))));
}

/// <summary>The way a message takes.</summary>
internal abstract record ChannelDefinition
{
    private ChannelDefinition()
    {
    }

    /// <summary>As documents and the API call it.</summary>
    public abstract string Kind { get; }

    /// <summary>A POST to any receiver, signed by Standard Webhooks 1.0.</summary>
    internal sealed record Webhook(Uri Url, SecretReference Secret, OutboundRules Rules) : ChannelDefinition
    {
        public override string Kind => "webhook";
    }

    /// <summary>An incoming webhook of Slack's, or of what understands the same. Its URL is a secret.</summary>
    internal sealed record Slack(SecretReference WebhookUrl, OutboundRules Rules) : ChannelDefinition
    {
        public override string Kind => "slack";
    }

    internal sealed record Email(SmtpDefinition Smtp, string From, EmailAudience To) : ChannelDefinition
    {
        public override string Kind => "email";
    }
}

/// <summary>The mail server that takes messages from the gateway.</summary>
internal sealed record SmtpDefinition(string Host, int Port, SmtpTls Tls, string? UserName, SecretReference? Password)
{
    /// <summary>The only CAs that count; the system's where null.</summary>
    public System.Security.Cryptography.X509Certificates.X509Certificate2Collection? CertificateAuthority { get; init; }
}

/// <summary>How the connection to the mail server is secured.</summary>
internal enum SmtpTls
{
    /// <summary>STARTTLS, and nothing without it.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>In the clear; for a relay on the same machine.</summary>
    None,
}

/// <summary>To whom mail goes; whoever is meant twice gets one.</summary>
internal sealed record EmailAudience(bool Reviewers, bool Administrators, bool Requester, IReadOnlyList<string> Addresses);
