namespace AccessGateway.Kubectl.Output;

using System.Globalization;
using System.Text;

/// <summary>Text of others, made safe to print: what would move the cursor, start an escape sequence, hide itself or turn the
/// direction of writing is shown as <c>\u{1B}</c>.</summary>
internal static class TerminalText
{
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.EnumerateRunes().All(IsHarmless))
            return text ?? "";
        var clean = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsHarmless(rune))
                clean.Append(rune.ToString());
            else
                clean.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
        }

        return clean.ToString();
    }

    /// <summary>Columns taken, as far as one rune takes one.</summary>
    public static int Width(string clean) => clean.EnumerateRunes().Count();

    /// <summary>Neither control (C0, C1, DEL) nor format (bidirectional marks and isolates, zero width) nor separator of lines; a
    /// lone surrogate is enumerated as U+FFFD, which is harmless.</summary>
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
