namespace AccessGateway.Portal.Layout;

using System.Globalization;
using System.Text;

/// <summary>
/// Makes what cannot be seen visible in texts that people wrote: controls, direction overrides and other format characters could
/// otherwise show a reviewer something else than what was sent. Markup is Razor's to escape.
/// </summary>
internal static class VisibleText
{
    /// <summary>The text in pieces, in order; the escaped ones are notations such as <c>U+202E</c>. Line feeds and tabs stay.</summary>
    public static IReadOnlyList<(string Text, bool Escaped)> Pieces(string text)
    {
        var pieces = new List<(string, bool)>();
        var plain = new StringBuilder();
        // "\r\n" is how browsers send a new line; a lone CR is a trick.
        foreach (var rune in text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes())
        {
            if (!IsHidden(rune))
            {
                plain.Append(rune.ToString());
                continue;
            }

            if (plain.Length > 0)
                pieces.Add((plain.ToString(), false));
            plain.Clear();
            pieces.Add((Notation(rune), true));
        }

        if (plain.Length > 0)
            pieces.Add((plain.ToString(), false));
        return pieces;
    }

    /// <summary>The text with the notations in brackets, for titles and other places without markup.</summary>
    public static string Flat(string text) => string.Concat(Pieces(text).Select(piece => piece.Escaped ? $"[{piece.Text}]" : piece.Text));

    private static bool IsHidden(Rune rune) => rune.Value is not ('\n' or '\t') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse;

    private static string Notation(Rune rune) => rune.Value switch
    {
        0x1B => "ESC",
        '\r' => "CR",
        0 => "NUL",
        _ => $"U+{rune.Value:X4}",
    };
}
