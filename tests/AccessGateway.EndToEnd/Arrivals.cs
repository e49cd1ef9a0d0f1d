namespace AccessGateway.EndToEnd;

using System.Text.RegularExpressions;
using Microsoft.Playwright;

/// <summary>Waits for a page's address alone. Playwright's own wait also wants the page's load event, and waits for it in vain where that came between its
/// two looks.</summary>
internal static class Arrivals
{
    private const float Patience = 30_000;

    /// <param name="pattern">A regular expression.</param>
    public static Task ArriveAsync(this IPage page, string pattern) => Assertions.Expect(page).ToHaveURLAsync(new Regex(pattern), new() { Timeout = Patience });

    /// <inheritdoc cref="ArriveAsync"/>
    public static Task LeaveAsync(this IPage page, string pattern) => Assertions.Expect(page).Not.ToHaveURLAsync(new Regex(pattern), new() { Timeout = Patience });
}
