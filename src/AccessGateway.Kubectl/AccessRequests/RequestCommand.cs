namespace AccessGateway.Kubectl.AccessRequests;

using System.CommandLine;
using System.Globalization;
using AccessGateway.Contracts;
using AccessGateway.Kubectl.CommandLine;
using AccessGateway.Kubectl.Grants;

/// <summary><c>request CLUSTER[,CLUSTER…] ROLE</c>: from asking to, with <c>--use</c>, a working context.</summary>
internal static class RequestCommand
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromMinutes(30);

    public static Command Create(CommandHost host)
    {
        var options = new RequestOptions();
        var command = new Command("request", "Ask for a role on a cluster, or on several at once.");
        options.AddTo(command);
        host.Handle(command, async (parsed, invocation, cancellation) =>
        {
            var request = await invocation.Gateway.SubmitAsync(options.Read(parsed), cancellation);
            var use = parsed.GetValue(options.Use);
            if (request is { BreakGlass: not null, GrantIds: [var grant] })
            {
                await TakeAsync(invocation, request, grant, use, cancellation);
                return;
            }

            if (!use && !parsed.GetValue(options.Wait))
            {
                Show(invocation, request);
                return;
            }

            var patience = DurationText.TryParse(parsed.GetValue(options.Timeout), out var given) ? given : UsualPatience;
            request = await new Waiting(invocation, patience).UntilDecidedAsync(request, use, cancellation);
            if (request.State != AccessRequestState.Approved)
                throw new CommandFailedException(AccessRequestText.Next(request, invocation.Now));
            if (use)
                await ActivateCommand.ActivateAsync(invocation, request.Id, new KubeconfigChoice(null, null, false), cancellation);
            else
                Show(invocation, request);
        });
        return command;
    }

    /// <summary>The glass is broken: there is a grant already.</summary>
    private static async Task TakeAsync(Invocation invocation, AccessRequestView request, string grant, bool use, CancellationToken cancellation)
    {
        Show(invocation, request);
        invocation.Say("Every administrator has been told. Somebody else will review it.");
        if (use)
            await UseCommand.UseAsync(invocation, await invocation.Gateway.GrantAsync(grant, cancellation), new KubeconfigChoice(null, null, false), cancellation);
    }

    private static void Show(Invocation invocation, AccessRequestView request) =>
        invocation.Printer.One(request, AccessRequestText.Kind, to => to.WriteLine(Output.TerminalText.Clean(AccessRequestText.Next(request, invocation.Now))));
}

internal sealed class RequestOptions
{
    private readonly Argument<string> _clusters = Arguments.Clusters();
    private readonly Argument<string> _role = new("ROLE") { Description = "The role's name, as kubectl access roles lists it." };
    private readonly Option<string?> _for = Arguments.Duration("--for", "How long, from activation on; else the role's default.");
    private readonly Option<string?> _reason = new("--reason") { Description = "Why you need it.", HelpName = "TEXT" };
    private readonly Option<string[]> _namespaces = new("--namespace", "-n") { Description = "A namespace, where the role is for namespaces, or a pattern such as 'team-a-*' (quote it), later namespaces included; may come several times.", HelpName = "NAME|PATTERN" };
    private readonly Option<string?> _ticket = new("--ticket") { Description = "A reference in an outside tracker.", HelpName = "TEXT" };
    private readonly Option<DateTimeOffset?> _startsAt = new("--starts-at")
    {
        Description = "Not before this instant can it be activated (RFC 3339).",
        HelpName = "INSTANT",
        CustomParser = ReadInstant,
    };

    private readonly Option<bool> _breakGlass = new("--break-glass") { Description = "In an emergency: take it at once, without approval. Every administrator is told, and it is reviewed afterwards." };

    public Option<bool> Wait { get; } = new("--wait") { Description = "Wait until it is decided." };

    public Option<bool> Use { get; } = new("--use") { Description = "Wait, activate it, and add a context for each cluster to the kubeconfig." };

    public Option<string?> Timeout { get; } = Arguments.Duration("--timeout", "How long to wait (30m).");

    public void AddTo(Command command)
    {
        _namespaces.Validators.Add(result => Arguments.Check(result, Identifiers.IsNamespaceChoice, "is no namespace's name, nor a pattern of a-z, 0-9, '-', '*' and '?'"));
        command.Arguments.Add(_clusters);
        command.Arguments.Add(_role);
        foreach (var option in new Option[] { _for, _reason, _namespaces, _ticket, _startsAt, _breakGlass, Wait, Use, Timeout })
            command.Options.Add(option);
    }

    public SubmitAccessRequest Read(ParseResult parsed) => new()
    {
        Cluster = ClustersOf(parsed) is [var one] ? one : null,
        Clusters = ClustersOf(parsed) is { Length: > 1 } several ? several : null,
        Role = parsed.GetRequiredValue(_role),
        Duration = parsed.GetValue(_for),
        Reason = parsed.GetValue(_reason),
        Ticket = parsed.GetValue(_ticket),
        StartsAt = parsed.GetValue(_startsAt),
        BreakGlass = parsed.GetValue(_breakGlass) ? true : null,
        Namespaces = parsed.GetValue(_namespaces) is { Length: > 0 } names ? names : null,
    };

    private string[] ClustersOf(ParseResult parsed) => parsed.GetRequiredValue(_clusters).Split(',');

    private static DateTimeOffset? ReadInstant(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        var hasZone = text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal);
        if (hasZone && DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
            return instant.ToUniversalTime();
        result.AddError($"'{text}' is no instant (such as 2030-01-31T08:00:00Z).");
        return null;
    }
}
