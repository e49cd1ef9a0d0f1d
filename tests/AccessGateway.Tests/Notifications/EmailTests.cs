namespace AccessGateway.Tests.Notifications;

using AccessGateway.Contracts;
using AccessGateway.Notifications;
using AccessGateway.Persistence;
using AccessGateway.Problems;
using AccessGateway.SignIn;
using AccessGateway.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

public sealed class EmailTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("access-gateway-tls-").FullName;

    private string Tls(string name) => Path.Combine(_folder, "tls", name);

    public EmailTests() => SmtpServer.MakeCertificate(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_RequestSubmitted_ReviewersGetOneMailEachOverOneConnection(DatabaseKind kind)
    {
        await using var server = await SmtpServer.StartAsync(Tls("server.crt"), Tls("server.key"), "gateway", "pa ss");
        await using var gateway = await GatewayAsync(kind, Spec(server, "to: {reviewers: true, addresses: [Audit@corp.example]}"));
        await AddAsync(gateway, "root", "administrators");
        await AddAsync(gateway, "ruth", "administrators");
        await AddAsync(gateway, "bob", "platform");
        var request = await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform", "administrators"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        await gateway.RunNotifiersAsync();

        Assert.Equal(["audit@corp.example", "root@corp.example", "ruth@corp.example"], server.Mails.Select(mail => Line(mail, "X-Rcpt")).Order());
        Assert.Single(server.Mails.Select(mail => Line(mail, "X-Peer")).Distinct());
        Assert.All(server.Mails, mail => Assert.Equal("alice asks for editor on dev", Line(mail, "Subject")));
        Assert.All(server.Mails, mail => Assert.Contains($"Look at it and decide: https://localhost/requests/{request.Id}", mail, StringComparison.Ordinal));
        Assert.Equal((await WebhookTests.RowsAsync(gateway)).Select(row => $"<{row.Id}@localhost>").Order(), server.Mails.Select(mail => Line(mail, "Message-Id")).Order());
    }

    /// <summary>FIELD: nobody is paged again who has reviewed, or whose verdict is not needed any more.</summary>
    [Theory]
    [ClassData(typeof(Databases))]
    internal async Task Run_VerdictNotNeededWhenItsTurnComes_NotSent(DatabaseKind kind)
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(kind, Plain(server, "to: {reviewers: true}"));
        var root = await AddAsync(gateway, "root", "administrators");
        await AddAsync(gateway, "ruth", "administrators");
        var request = await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform"), "editor", "1h", "payments-a");
        await gateway.InScopeAsync(services => services.GetRequiredService<Collector>().CollectAsync(services.GetRequiredService<AccessGateway.Documents.GatewayDocuments>().Notifiers[0], default));
        TestGateway.Value(await gateway.ReviewAsync(root, request.Id));
        await gateway.RunNotifiersAsync();
        Assert.Empty(server.Mails);
        Assert.Equal(2, (await WebhookTests.RowsAsync(gateway)).Count(row => row.State == NotificationState.Dropped));
    }

    [Fact]
    internal async Task Run_RefusedAndGreyRecipients_GivenUpAndTriedAgain()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {addresses: [refused@corp.example, grey@corp.example, fine@corp.example]}"));
        await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Equal(["fine@corp.example"], server.Mails.Select(mail => Line(mail, "X-Rcpt")));
        var refused = Assert.Single(await WebhookTests.RowsAsync(gateway), row => row.State == NotificationState.GivenUp);
        Assert.Equal("The mail server answered 550: 5.1.1 No such person", refused.LastError);
        Assert.Single(await gateway.AuditAsync(), row => row.Type == "notification.given_up");

        gateway.Clock.Advance(TimeSpan.FromSeconds(10));
        await gateway.RunNotifiersAsync();
        Assert.Contains("grey@corp.example", server.Mails.Select(mail => Line(mail, "X-Rcpt")));
    }

    [Fact]
    internal async Task Run_ServerDownForAWhile_SentAfterwards()
    {
        await using var server = await SmtpServer.StartAsync();
        await server.DownAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {addresses: [fine@corp.example]}"));
        await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.StartsWith("Could not connect to the mail server", Assert.Single(await WebhookTests.RowsAsync(gateway)).LastError, StringComparison.Ordinal);
        await server.UpAsync();
        gateway.Clock.Advance(TimeSpan.FromHours(1));
        await gateway.RunNotifiersAsync();
        Assert.Single(server.Mails);
    }

    [Theory]
    [InlineData("127.0.0.1", "another.crt", "pa ss", "The TLS handshake")]
    [InlineData("127.0.0.2", "ca.crt", "pa ss", "The TLS handshake")]
    [InlineData("127.0.0.1", "ca.crt", "wrong", "The mail server refused the user name")]
    internal async Task Run_NotTheServerOrNotOurPassword_NothingSent(string host, string authority, string password, string error)
    {
        File.WriteAllText(Tls("another.crt"), StandardDocuments.SomeCertificate);
        await using var server = await SmtpServer.StartAtAsync(System.Net.IPAddress.Parse(host), Tls("server.crt"), Tls("server.key"), "gateway", "pa ss");
        var spec = Spec(server, "to: {addresses: [fine@corp.example]}", authority, password).Replace("host: localhost", $"host: {host}", StringComparison.Ordinal);
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, spec);
        await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Empty(server.Mails);
        Assert.StartsWith(error, Assert.Single(await WebhookTests.RowsAsync(gateway)).LastError, StringComparison.Ordinal);
    }

    [Fact]
    internal async Task Run_ServerWithoutStartTls_NothingSentInTheClear()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {addresses: [fine@corp.example]}").Replace("tls: none", "tls: starttls", StringComparison.Ordinal));
        await gateway.SubmitAsync(await AddAsync(gateway, "alice", "platform"), "editor", "1h", "payments-a");
        await gateway.RunNotifiersAsync();
        Assert.Empty(server.Mails);
        Assert.StartsWith("The mail server offers no STARTTLS", Assert.Single(await WebhookTests.RowsAsync(gateway)).LastError, StringComparison.Ordinal);
    }

    [Fact]
    internal async Task Run_ReasonWithHeaders_StaysAReason()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {addresses: [fine@corp.example]}"));
        var asked = Workflow.Asked("editor", "1h", "payments-a") with { Reason = "disk full\r\nBcc: evil@evil.example\r\n\r\n\u001b[31m\u202e<b>hi</b>" };
        TestGateway.Value(await gateway.TrySubmitAsync(await AddAsync(gateway, "alice", "platform"), asked));
        await gateway.RunNotifiersAsync();
        var mail = Assert.Single(server.Mails);
        Assert.DoesNotContain("\nBcc", mail, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', mail);
        Assert.Contains("Why: disk full Bcc: evil@evil.example [31m <b>hi</b>", mail, StringComparison.Ordinal);
    }

    [Fact]
    internal async Task Run_FactorRemoved_ItsOwnerAlone()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {requester: true, administrators: true, addresses: [all@corp.example]}"));
        await AddAsync(gateway, "root", "administrators");
        await AddAsync(gateway, "alice");
        await gateway.WithAsync<Users, Outcome<string>>(users => users.ResetAsync("root", "alice", default));
        await gateway.RunNotifiersAsync();
        Assert.Equal("alice@corp.example", Line(Assert.Single(server.Mails), "X-Rcpt"));
    }

    [Fact]
    internal async Task Test_ByCommandsService_SaysWhatBecameOfIt()
    {
        await using var server = await SmtpServer.StartAsync();
        await using var gateway = await GatewayAsync(DatabaseKind.Sqlite, Plain(server, "to: {reviewers: true}"));
        Task<Outcome<List<TestSending>>> SendAsync(string name, string? to) => gateway.WithAsync<NotifierTest, Outcome<List<TestSending>>>(test => test.SendAsync(name, to, default));
        Assert.Null(Assert.Single(TestGateway.Value(await SendAsync("mail", "me@corp.example"))).Error);
        Assert.Contains("550", Assert.Single(TestGateway.Value(await SendAsync("mail", "refused@corp.example"))).Error, StringComparison.Ordinal);
        Assert.Equal(ProblemCodes.Invalid, TestGateway.RefusalOf(await SendAsync("mail", null)).Code);
        Assert.Equal(ProblemCodes.Invalid, TestGateway.RefusalOf(await SendAsync("mail", "me\r\nDATA")).Code);
        Assert.Equal(ProblemCodes.NotFound, TestGateway.RefusalOf(await SendAsync("nobody", null)).Code);
        Assert.Single(server.Mails);
    }

    private static string Plain(SmtpServer server, string to) => $"{{email: {{smtp: {{host: 127.0.0.1, port: {server.Port}, tls: none}}, from: access@corp.example, {to}}}, events: [access_request.submitted, user.mfa_reset]}}";

    private string Spec(SmtpServer server, string to, string authority = "ca.crt", string password = "pa ss") =>
        $"{{email: {{smtp: {{host: localhost, port: {server.Port}, username: gateway, password: {{file: '{NotifierDocuments.SecretFile(password)}'}}, certificateAuthority: {{file: '{Tls(authority)}'}}}}, from: access@corp.example, {to}}}, events: [access_request.submitted]}}";

    private static async Task<TestGateway> GatewayAsync(DatabaseKind kind, string spec)
    {
        var gateway = await TestGateway.CreateAsync(kind, NotifierDocuments.With(("mail", spec)));
        await gateway.RunNotifiersAsync();
        return gateway;
    }

    private static async Task<TestUser> AddAsync(TestGateway gateway, string name, params string[] groups)
    {
        var user = await gateway.AddUserAsync(name, groups);
        await gateway.InScopeAsync(services => services.GetRequiredService<GatewayDbContext>().Users.Where(row => row.Name == name).ExecuteUpdateAsync(set => set.SetProperty(row => row.Email, $"{name}@corp.example")));
        return user;
    }

    private static string Line(string mail, string header) =>
        mail.Split('\n').First(line => line.StartsWith($"{header}: ", StringComparison.OrdinalIgnoreCase))[(header.Length + 2)..].Trim();
}
