namespace AccessGateway.Kubectl.Login;

using System.Globalization;
using System.Text;

/// <summary>What the browser shows at the end. Fixed texts: nothing that came in goes out.</summary>
internal static class CallbackPage
{
    public const string Done = "Signed in. You can close this window.";
    public const string Refused = "Not signed in. You can close this window.";
    public const string NotForThis = "This address only ends a login of kubectl access.";

    public static byte[] Write(string status, string text)
    {
        var html = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>kubectl access</title>"
            + $"<body><h1>kubectl access</h1><p>{text}</p></body></html>";
        var head = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\n")
            + "Content-Type: text/html; charset=utf-8\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(html).ToString(CultureInfo.InvariantCulture)}\r\n"
            + "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
            + "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
        return Encoding.UTF8.GetBytes(head + html);
    }
}
