namespace AccessGateway.Server.Tests;

using AccessGateway.Testing;
using Xunit;

/// <summary>The commands about notifications, beside a gateway that runs.</summary>
public sealed class NotifyCommandTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestReceiver _receiver = null!;
    private SmtpServer _mail = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(TestDatabase.PostgresServer is null ? DatabaseKind.Sqlite : DatabaseKind.Postgres);
        _receiver = await TestReceiver.StartAsync();
        _mail = await SmtpServer.StartAsync();
        _gateway = await TestGateway.CreateAsync(database: _database, documents: NotifierDocuments.With(
            ("hook", NotifierDocuments.Webhook(_receiver.Address, NotifierDocuments.SecretFile())),
            ("mail", $"{{email: {{smtp: {{host: 127.0.0.1, port: {_mail.Port}, tls: none}}, from: access@corp.example, to: {{requester: true, addresses: [audit@corp.example, refused@corp.example]}}}}}}")));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _mail.DisposeAsync();
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Test_EveryWay_SaysWhatBecameOfIt()
    {
        Assert.Equal((0, "hook: delivered\n", ""), await RunAsync("notify", "test", "hook"));
        Assert.Contains("\"type\":\"access-gateway.notification.test\"", Assert.Single(_receiver.All).Text, StringComparison.Ordinal);
        Assert.Equal((0, "me@corp.example: delivered\n", ""), await RunAsync("notify", "test", "mail", "--to", "me@corp.example"));
        Assert.Contains("A test of AccessGateway's notifications", Assert.Single(_mail.Mails), StringComparison.Ordinal);
        Assert.Equal((1, "audit@corp.example: delivered\n", "error: refused@corp.example: The mail server answered 550: 5.1.1 No such person\n"), await RunAsync("notify", "test", "mail"));
        _receiver.Answer = context =>
        {
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        };
        Assert.Equal((1, "", "error: hook: The receiver answered 401.\n"), await RunAsync("notify", "test", "hook"));
    }

    [Theory]
    [InlineData(1, "error: There is no notifier 'nobody'.\n", "notify", "test", "nobody")]
    [InlineData(1, "error: to: must be an e-mail address", "notify", "test", "mail", "--to", "me")]
    [InlineData(1, "error: to: 'hook' sends no mail.\n", "notify", "test", "hook", "--to", "me@corp.example")]
    [InlineData(2, "error: ", "notify", "test")]
    [InlineData(1, "error: There is no user 'nobody'.\n", "users", "email", "nobody", "nobody@corp.example")]
    [InlineData(1, "error: email: must be an e-mail address", "users", "email", "root", "root")]
    [InlineData(1, "error: email: must be an e-mail address", "users", "add", "carol", "--email", "Carol <carol@corp.example>")]
    [InlineData(2, "error: ", "users", "email", "root")]
    public async Task Command_NotPossible_SaysWhyAndWhichKindOfFailure(int expected, string message, params string[] arguments)
    {
        await _gateway.AddUserAsync("root", "administrators");
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsersEmail_SetAndTaken_Listed()
    {
        Assert.Equal(0, (await RunAsync("users", "add", "carol", "--email", "carol@corp.example")).ExitCode);
        Assert.Contains("carol@corp.example", (await RunAsync("users", "list", "-o", "json")).Out, StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await RunAsync("users", "email", "carol", "c@corp.example"));
        Assert.Contains("\"c@corp.example\"", (await RunAsync("users", "list", "-o", "json")).Out, StringComparison.Ordinal);
        Assert.Equal((0, "", ""), await RunAsync("users", "email", "carol", ""));
        Assert.DoesNotContain("corp.example", (await RunAsync("users", "list", "-o", "json")).Out, StringComparison.Ordinal);
        Assert.Equal(["console", "console"], (await _gateway.AuditAsync()).Where(row => row.Type == "user.email_changed").Select(row => row.Actor));
    }

    private Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] arguments) => GatewayProgram.RunAsync(_gateway, _database, arguments);
}
