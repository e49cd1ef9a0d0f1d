namespace AccessGateway.Notifications;

using AccessGateway.Outbound;
using Microsoft.Extensions.Options;

/// <summary>Makes the channel that a definition describes.</summary>
internal sealed class Channels(OutboundHttp http, IOptions<GatewayOptions> gateway, TimeProvider clock)
{
    public IChannel For(ChannelDefinition definition) => definition switch
    {
        ChannelDefinition.Webhook webhook => new WebhookChannel(webhook, http, clock),
        ChannelDefinition.Slack slack => new SlackChannel(slack, http),
        ChannelDefinition.Email email => new EmailChannel(email, new Uri(gateway.Value.PublicUrl).IdnHost, clock),
        _ => throw new InvalidOperationException($"There is no channel for {definition.Kind}."),
    };
}
