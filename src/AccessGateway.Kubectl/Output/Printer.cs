namespace AccessGateway.Kubectl.Output;

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

/// <summary>Writes results to stdout in the form that was asked for. Everything else a command has to say goes to stderr.</summary>
internal sealed class Printer(PluginEnvironment environment, OutputFormat format)
{
    public OutputFormat Format => format;

    /// <summary>A list: a table, or <c>items</c>.</summary>
    public void List<T>(IReadOnlyList<T> items, ResourceKind<T> kind)
    {
        switch (format)
        {
            case OutputFormat.Name:
                foreach (var item in items)
                    PrintName(item, kind);
                break;
            case OutputFormat.Json or OutputFormat.Yaml:
                Structured(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteStartArray("items");
                    foreach (var item in items)
                        JsonSerializer.Serialize(writer, item, kind.Json);
                    writer.WriteEndArray();
                    writer.WriteEndObject();
                });
                break;
            case var _ when items.Count == 0:
                environment.Error.WriteLine($"No {kind.Plural} found.");
                break;
            default:
                PrintTable(items, kind);
                break;
        }
    }

    /// <summary>One thing; <paramref name="text"/> says it to a person.</summary>
    public void One<T>(T item, ResourceKind<T> kind, Action<TextWriter> text)
    {
        if (format == OutputFormat.Name)
            PrintName(item, kind);
        else
            Value(item, kind.Json, text);
    }

    /// <summary>Things that one call made; as <see cref="List{T}"/>, but <paramref name="text"/> says them to a person.</summary>
    public void Several<T>(IReadOnlyList<T> items, ResourceKind<T> kind, Action<TextWriter> text)
    {
        if (format is OutputFormat.Name or OutputFormat.Json or OutputFormat.Yaml)
            List(items, kind);
        else
            text(environment.Out);
    }

    /// <summary>Something without a name.</summary>
    public void Value<T>(T value, JsonTypeInfo<T> type, Action<TextWriter> text)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml)
            Structured(writer => JsonSerializer.Serialize(writer, value, type));
        else
            text(environment.Out);
    }

    /// <summary>An object made on the spot.</summary>
    public void Structured(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 4 }))
            write(writer);
        if (format == OutputFormat.Yaml)
        {
            using var document = JsonDocument.Parse(buffer.ToArray());
            YamlText.Write(environment.Out, document.RootElement);
        }
        else
        {
            environment.Out.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
        }
    }

    private void PrintName<T>(T item, ResourceKind<T> kind) =>
        environment.Out.WriteLine($"{kind.Name}/{TerminalText.Clean(kind.Id(item))}");

    private void PrintTable<T>(IReadOnlyList<T> items, ResourceKind<T> kind)
    {
        var now = environment.Time.GetUtcNow();
        var columns = kind.Columns.Where(column => !column.Wide || format == OutputFormat.Wide).ToList();
        Table.Write(
            environment.Out,
            [.. columns.Select(column => column.Header)],
            items.Select(item => columns.Select(column => column.Cell(item, now)).ToList()));
    }
}
