namespace AccessGateway.Persistence;

using System.Buffers.Text;
using System.Globalization;
using System.Text;

/// <summary>A place in a list ordered newest first, by instant and then by id; opaque to clients.</summary>
internal readonly record struct Cursor(DateTimeOffset At, string Id)
{
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{At.UtcTicks}|{Id}"));

    /// <summary>Null where the text is no cursor.</summary>
    public static Cursor? Parse(string text)
    {
        if (text.Length > 200 || !Base64Url.IsValid(text))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|', 2);
        return parts.Length == 2
            && parts[1].All(c => c is > ' ' and < '\x7f')
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new Cursor(new DateTimeOffset(ticks, TimeSpan.Zero), parts[1])
            : null;
    }
}
