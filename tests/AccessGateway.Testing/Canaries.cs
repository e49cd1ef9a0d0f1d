namespace AccessGateway.Testing;

using System.Text;
using AccessGateway.Persistence;
using Microsoft.EntityFrameworkCore;

/// <summary>Secrets that were sent somewhere, and the places where none of them may turn up.</summary>
internal sealed class Canaries
{
    private readonly List<(string What, string Value)> _secrets = [];

    public IEnumerable<string> Kinds => _secrets.Select(secret => secret.What).Distinct();

    /// <summary>Remembers a secret; returns it.</summary>
    public string Add(string what, string? value)
    {
        if (string.IsNullOrEmpty(value))
            throw new InvalidOperationException($"There is no {what} to look for.");
        _secrets.Add((what, value));
        return value;
    }

    /// <summary>One to use.</summary>
    public string First(string what) => _secrets.First(secret => secret.What == what).Value;

    /// <summary>What of them stands in the text.</summary>
    /// <param name="but">Kinds that may stand there.</param>
    public List<string> In(string text, params string[] but) =>
        [.. _secrets.Where(secret => !but.Contains(secret.What) && Contains(text, secret.Value)).Select(secret => secret.What).Distinct()];

    /// <summary>Everything that the database holds, binary values as letters and as hexadecimal digits, so that a secret is found however it lies there.</summary>
    public static async Task<string> DumpAsync(GatewayDbContext db)
    {
        var dump = new StringBuilder();
        await db.Database.OpenConnectionAsync();
        foreach (var table in db.Model.GetEntityTypes().Select(entity => entity.GetTableName()).OfType<string>().Distinct())
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                for (var i = 0; i < rows.FieldCount; i++)
                    dump.Append('\n').Append(Text(rows.GetValue(i)));
            }
        }

        return dump.ToString();
    }

    private static string? Text(object value) => value switch
    {
        byte[] bytes => $"{Encoding.Latin1.GetString(bytes)} {Convert.ToHexString(bytes)}",
        IEnumerable<string> list => string.Join(' ', list),
        _ => value.ToString(),
    };

    /// <summary>Six digits stand in many numbers by chance: such a short secret must stand alone.</summary>
    private static bool Contains(string text, string secret)
    {
        for (var at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(secret, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (secret.Length > 8 || (!IsWord(text, at - 1) && !IsWord(text, at + secret.Length)))
                return true;
        }

        return false;
    }

    private static bool IsWord(string text, int at) => at >= 0 && at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '.' or '-');
}
