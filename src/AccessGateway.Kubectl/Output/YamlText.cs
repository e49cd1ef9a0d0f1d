namespace AccessGateway.Kubectl.Output;

using System.Globalization;
using System.Text;
using System.Text.Json;

/// <summary>JSON as YAML 1.2, in kubectl's style. A string stands plain only where no reader, of YAML 1.1 neither, could take it
/// for anything else.</summary>
internal static class YamlText
{
    private static readonly HashSet<string> Reserved =
        new(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"], StringComparer.OrdinalIgnoreCase);

    public static void Write(TextWriter to, JsonElement element) => WriteBlock(to, element, 0, atLineStart: true);

    private static void WriteBlock(TextWriter to, JsonElement element, int indent, bool atLineStart)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when element.EnumerateObject().Any():
                foreach (var property in element.EnumerateObject())
                {
                    Indent(to, indent, ref atLineStart);
                    to.Write(Quote(property.Name) + ":");
                    WriteValue(to, property.Value, indent);
                }

                break;
            case JsonValueKind.Array when element.GetArrayLength() > 0:
                foreach (var item in element.EnumerateArray())
                {
                    Indent(to, indent, ref atLineStart);
                    to.Write("- ");
                    WriteBlock(to, item, indent + 2, atLineStart: false);
                }

                break;
            default:
                to.WriteLine(Scalar(element));
                break;
        }
    }

    /// <summary>After <c>name:</c>; lists stand at the name's own indentation.</summary>
    private static void WriteValue(TextWriter to, JsonElement value, int indent)
    {
        var nested = (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any())
            || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0);
        to.Write(nested ? to.NewLine : " ");
        WriteBlock(to, value, value.ValueKind == JsonValueKind.Array ? indent : indent + 2, atLineStart: nested);
    }

    private static void Indent(TextWriter to, int indent, ref bool atLineStart)
    {
        if (atLineStart)
            to.Write(new string(' ', indent));
        atLineStart = true;
    }

    private static string Scalar(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Quote(element.GetString()!),
        _ => element.GetRawText(),
    };

    private static string Quote(string text)
    {
        if (IsPlain(text))
            return text;
        var quoted = new StringBuilder("\"", text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when TerminalText.Clean(rune.ToString()).Length == rune.Utf16SequenceLength => quoted.Append(rune.ToString()),
                <= 0xFFFF => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPlain(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text[^1] is not (' ' or ':') && !Reserved.Contains(text)
        && !text.Contains(": ", StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterOrDigit(c) || " _-./:".Contains(c, StringComparison.Ordinal));
}
