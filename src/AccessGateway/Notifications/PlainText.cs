namespace AccessGateway.Notifications;

using System.Globalization;
using System.Text;

/// <summary>Text that somebody wrote, made fit for a line in a mail or a message. Pure.</summary>
internal static class PlainText
{
    /// <summary>One line: what breaks or turns lines, or shows nothing, is a space; what is beyond the length is left out.</summary>
    public static string Line(string? text, int max)
    {
        var line = new StringBuilder();
        var (length, gap) = (0, false);
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (IsInvisible(rune))
            {
                gap = line.Length > 0;
                continue;
            }

            if (length + (gap ? 1 : 0) >= max)
                return line.Append('…').ToString();
            if (gap)
                line.Append(' ');
            length += gap ? 2 : 1;
            gap = false;
            line.Append(rune.ToString());
        }

        return line.ToString();
    }

    private static bool IsInvisible(Rune rune) => rune.Value == 0xfffd || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate;
}
