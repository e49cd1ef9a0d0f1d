namespace AccessGateway.Tests.Architecture;

using System.Text.RegularExpressions;
using Xunit;

/// <summary>The documents name tests as proof: each must be there, or the proof is none.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Root = FindRoot();

    private static readonly Dictionary<string, string> TestClasses = ReadTestClasses();

    [Theory]
    [InlineData("docs/threat-model.md")]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/operations.md")]
    public void Document_NamesTests_ThatExist(string document)
    {
        var text = File.ReadAllText(Path.Combine(Root, document));
        var missing = Named(text).Where(named => !Exists(named.Class, named.Methods)).Select(named => $"{named.Class}.{named.Methods}").ToList();
        Assert.True(missing.Count == 0, $"{document} names tests that are not there: {string.Join(", ", missing)}");
    }

    [Fact]
    public void ThreatModel_Rows_NameATestOrAProject()
    {
        var rows = File.ReadAllLines(Path.Combine(Root, "docs/threat-model.md")).Where(line => line.StartsWith('|')).Skip(2).ToList();
        Assert.InRange(rows.Count, 50, 1000);
        Assert.All(rows, row => Assert.Matches(TestOrProject(), row.Split('|')[^2]));
    }

    [Theory]
    [InlineData("`NoSuchTests`", false)]
    [InlineData("`DocumentTests.Nothing_Of…`", false)]
    [InlineData("`DocumentTests.Document_Names…`", true)]
    [InlineData("`DocumentTests.Named`", false)]
    [InlineData("`DocumentTests`", true)]
    public void Exists_NameAsDocumentsWriteIt_FoundOrNot(string text, bool expected) =>
        Assert.Equal(expected, Assert.Single(Named(text)) is var named && Exists(named.Class, named.Methods));

    /// <summary><c>XTests</c>, <c>XTests.Method_…</c>; a method that stands alone after a class's belongs to it.</summary>
    private static List<(string Class, string Methods)> Named(string text)
    {
        var named = new List<(string, string)>();
        foreach (var line in text.Split('\n'))
        {
            string? last = null;
            foreach (Match match in TestName().Matches(line))
            {
                last = match.Groups["class"].Success ? match.Groups["class"].Value : last;
                if (last is not null)
                    named.Add((last, match.Groups["method"].Value.TrimEnd('…')));
            }
        }

        return named;
    }

    private static bool Exists(string name, string methods) =>
        TestClasses.TryGetValue(name, out var source) && (methods.Length == 0 || Methods().Matches(source).Any(match => IsNamed(match.Groups[1].Value, methods)));

    /// <summary>A name with <c>…</c> in front stands for what ends a method's, else for what begins it.</summary>
    private static bool IsNamed(string method, string methods) =>
        methods[0] == '…' ? method.EndsWith(methods[1..], StringComparison.Ordinal) : method.StartsWith(methods, StringComparison.Ordinal);

    private static Dictionary<string, string> ReadTestClasses()
    {
        var classes = new Dictionary<string, string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*Tests.cs", SearchOption.AllDirectories))
            classes[Path.GetFileNameWithoutExtension(file)] = classes.GetValueOrDefault(Path.GetFileNameWithoutExtension(file)) + File.ReadAllText(file);
        return classes;
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }

    [GeneratedRegex(@"`(?:(?<class>[A-Z]\w*Tests)(?:\.(?<method>[\w…]+))?|(?<method>…\w+|[A-Z]\w*_\w+…?|[A-Z]\w*…))`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\[(?:Fact|Theory)\b[\s\S]*?\b(?:public|internal)\s[^(=]*?\b(\w+)\(")]
    private static partial Regex Methods();

    [GeneratedRegex(@"`[A-Z]\w*Tests\b|`AccessGateway\.\w+\.Tests`")]
    private static partial Regex TestOrProject();
}
