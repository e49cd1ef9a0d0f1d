namespace AccessGateway.Server.Commands;

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AccessGateway.Audit;
using AccessGateway.Contracts;
using AccessGateway.Keys;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The keys that seal what must not be read from a copy of the database. Works beside running gateways.</summary>
internal static class KeysCommand
{
    private static readonly Option<bool> KeyEncryptionKey = new("--kek")
    {
        Description = "Wraps the data keys by the configured key-encryption key (Keys) instead of the previous one (Keys:Previous); re-encrypts nothing.",
    };

    private static readonly Option<TimeSpan> Wait = new("--wait")
    {
        Description = $"How long old data keys stay at least, for gateways that have not seen the new ones (default {DurationText.Format(KeyRotation.DefaultWait)}).",
        DefaultValueFactory = _ => KeyRotation.DefaultWait,
        CustomParser = result =>
        {
            if (DurationText.TryParse(result.Tokens[0].Value, out var wait))
                return wait;
            result.AddError("--wait must be a duration like 20s.");
            return default;
        },
    };

    public static Command Create()
    {
        var list = new Command("list", "Lists the data keys, what wraps them and how many values each has sealed.");
        list.SetAction(ListAsync);
        var check = new Command("check", "Opens every sealed value and names those that do not open; for example after a restore.");
        check.SetAction(CheckAsync);
        var rotate = new Command("rotate", "Makes new data keys, re-encrypts everything with them and deletes the old ones; finishes what an earlier run could not.") { KeyEncryptionKey, Wait };
        rotate.SetAction((parsed, token) => parsed.GetValue(KeyEncryptionKey) ? RewrapAsync(parsed, token) : RotateAsync(parsed, token));
        return new Command("keys", "The keys of encryption at rest.") { list, check, rotate };
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var keys = await gateway.Services.GetRequiredService<KeyInventory>().ListAsync(cancellationToken);
        if (IsJson(parsed))
        {
            Print(keys.Select(use => new { id = use.Key.Name, use.Key.Purpose, use.Key.CreatedAt, use.Key.RetiredAt, keyEncryptionKey = use.Key.KeyEncryptionKeyId, use.Values }));
            return 0;
        }

        const string row = "{0,-19} {1,-16} {2,-8} {3,-20} {4,-20} {5,6}";
        Console.WriteLine(row, "KEY", "PURPOSE", "STATE", "CREATED", "WRAPPED BY", "VALUES");
        foreach (var (key, values) in keys)
            Console.WriteLine(row, key.Name, key.Purpose, key.RetiredAt is null ? "active" : "retired", key.CreatedAt.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), key.KeyEncryptionKeyId, values);
        return 0;
    }

    private static async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        gateway.Services.GetRequiredService<KeyRing>().Prepare();
        var (opened, broken) = (0, new List<string>());
        await foreach (var value in gateway.Services.GetRequiredService<KeyInventory>().CheckAsync(cancellationToken))
        {
            if (value.Problem is { } problem)
                broken.Add(problem);
            else
                opened++;
        }

        if (IsJson(parsed))
            Print(new { opened, broken });
        else
            Console.WriteLine($"{opened} values open, {broken.Count} do not.");
        return await EndAsync(broken);
    }

    private static async Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var result = await gateway.Services.GetRequiredService<KeyRotation>()
            .RunAsync(AuditEvents.Console, parsed.GetValue(Wait), gateway.Services.GetRequiredService<TimeProvider>(), cancellationToken);
        if (IsJson(parsed))
            Print(new { result.Resumed, result.Reencrypted, result.Broken, remaining = result.Remaining.Select(key => key.Name) });
        else if (result.Resumed)
            Console.WriteLine($"Finished the rotation that was begun before: {result.Reencrypted} values re-encrypted. Run it again for new keys.");
        else
            Console.WriteLine($"New data keys for every purpose: {result.Reencrypted} values re-encrypted.");
        if (result.Remaining.Count > 0)
            await Console.Error.WriteLineAsync($"error: old data keys stay, because something is sealed with them: {string.Join(", ", result.Remaining.Select(key => key.Name))}");
        return Math.Max(await EndAsync(result.Broken), result.Remaining.Count > 0 ? CommandRunner.Refused : 0);
    }

    private static async Task<int> RewrapAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var gateway = await AdminScope.OpenAsync(parsed, cancellationToken);
        var keys = await gateway.Services.GetRequiredService<KeyRewrapping>().RunAsync(AuditEvents.Console, cancellationToken);
        if (IsJson(parsed))
            Print(new { rewrapped = keys.Select(key => key.Name) });
        else
            Console.WriteLine(keys.Count == 0 ? "Every data key is wrapped by the configured key already." : $"{keys.Count} data keys are wrapped by the configured key now.");
        return 0;
    }

    private static async Task<int> EndAsync(IReadOnlyList<string> broken)
    {
        foreach (var problem in broken)
            await Console.Error.WriteLineAsync($"error: {problem}");
        return broken.Count > 0 ? CommandRunner.Refused : 0;
    }

    private static bool IsJson(ParseResult parsed) => parsed.GetValue(CommonOptions.Output) == "json";

    private static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, JsonSerializerOptions.Web));
}
