namespace AccessGateway.EndToEnd;

using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

/// <summary>Looks at a page that is open: light and dark, wide and narrow, without loading it again, as a person turns a phone or the lamp.</summary>
internal static class PageLooks
{
    /// <summary>Of what is well nothing is told: most of the time went into it.</summary>
    private static readonly AxeRunOptions OnlyViolations = new() { ResultTypes = [ResultType.Violations] };

    /// <summary>Keeps screenshots; returns what axe finds, and where one has to scroll sideways.</summary>
    /// <param name="name">Of the screenshots.</param>
    /// <param name="address">What the problems are told of.</param>
    public static async Task<List<string>> LookAsync(this IPage page, string name, string address)
    {
        List<string> problems = [];
        foreach (var width in new[] { 1280, 360 })
        {
            await page.SetViewportSizeAsync(width, 900);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var look = $"{scheme} {width}: {address}";
                await page.ScreenshotAsync(new() { Path = Path.Combine(Demo.Kept, $"{name}-{scheme}-{width}.png".ToLowerInvariant()), FullPage = true });
                if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") is > 0 and var sideways)
                    problems.Add($"{look}: {sideways} px to scroll sideways");
                problems.AddRange((await page.RunAxe(OnlyViolations)).Violations.Select(violation => $"{look}: {violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html).Take(3))}"));
            }
        }

        return problems;
    }
}
