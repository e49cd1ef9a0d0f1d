namespace AccessGateway.Notifications;

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AccessGateway.Outbound;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

/// <summary>One connection to the mail server, and what its refusals mean (RFC 5321, 4.2.1: 4xx for now, 5xx for good).</summary>
internal sealed class SmtpConnection : IDisposable
{
    private const int MaxError = 200;

    /// <summary>For connecting with TLS and login, and then for each message.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SmtpDefinition _smtp;
    private readonly TimeProvider _clock;
    private readonly SmtpClient _client;

    public SmtpConnection(SmtpDefinition smtp, TimeProvider clock)
    {
        (_smtp, _clock) = (smtp, clock);
        _client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = IsTrusted, Timeout = (int)Patience.TotalMilliseconds };
    }

    /// <summary>Null where it is open.</summary>
    public async Task<SendResult.Failed?> TryOpenAsync(CancellationToken cancellationToken)
    {
        var failure = await TryAsync(async token =>
        {
            var tls = _smtp.Tls switch { SmtpTls.Tls => SecureSocketOptions.SslOnConnect, SmtpTls.None => SecureSocketOptions.None, _ => SecureSocketOptions.StartTls };
            await _client.ConnectAsync(_smtp.Host, _smtp.Port, tls, token);
            if (_smtp is { UserName: { } name, Password: { } password })
                await _client.AuthenticateAsync(name, await password.ReadAsync(token), token);
        }, cancellationToken);
        return failure is SendResult.Failed failed ? failed with { EndsBatch = true } : failure is SendResult.Refused refused ? new SendResult.Failed(refused.Error, EndsBatch: true) : null;
    }

    public async Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken) =>
        await TryAsync(token => _client.SendAsync(message, token), cancellationToken) ?? new SendResult.Delivered();

    /// <summary>Says goodbye; what the server thinks of it does not matter.</summary>
    public Task CloseAsync(CancellationToken cancellationToken) => TryAsync(token => _client.DisconnectAsync(quit: true, token), cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<SendResult?> TryAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await act(either.Token);
            return null;
        }
        catch (SmtpCommandException e) when (e.ErrorCode != SmtpErrorCode.SenderNotAccepted && _client.IsConnected)
        {
            var words = $"The mail server answered {(int)e.StatusCode}: {PlainText.Line(e.Message, MaxError)}";
            return (int)e.StatusCode >= 500 ? new SendResult.Refused(words) : new SendResult.Failed(words, EndsBatch: (int)e.StatusCode == 421);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SendResult.Failed($"The mail server did not answer within {Patience.TotalSeconds:0} s.", EndsBatch: true);
        }
        catch (Exception e) when (WordsOf(e) is { } words)
        {
            return new SendResult.Failed(words, EndsBatch: true);
        }
    }

    private static string? WordsOf(Exception e) => e switch
    {
        OutboundException => e.Message,
        SslHandshakeException => "The TLS handshake with the mail server failed: its certificate is not trusted, or is for another name.",
        NotSupportedException => "The mail server offers no STARTTLS; nothing was sent in the clear.",
        AuthenticationException => "The mail server refused the user name or the password.",
        SmtpCommandException command => $"The mail server answered {(int)command.StatusCode}: {PlainText.Line(command.Message, MaxError)}",
        SocketException socket => $"Could not connect to the mail server: {socket.SocketErrorCode}.",
        ProtocolException or ServiceNotConnectedException or ServiceNotAuthenticatedException or IOException or TimeoutException => "The connection to the mail server broke.",
        _ => null,
    };

    /// <summary>As the system says; or, where the document names CAs, by those alone. MailKit's own check knows certificates by heart and
    /// overlooks faults of theirs.</summary>
    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (_smtp.CertificateAuthority is not { } authority)
            return errors == SslPolicyErrors.None;
        if (certificate is not X509Certificate2 leaf || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var own = new X509Chain { ChainPolicy = OutboundHttp.PolicyOf(authority) };
        own.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        foreach (var element in chain?.ChainElements.Skip(1) ?? [])
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build(leaf);
    }
}
