namespace AccessGateway.Tests.Architecture;

using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

/// <summary>References run one way. Read from the source, so that a using or a full name counts, and a comment's words do not.</summary>
public sealed partial class ReferenceTests
{
    /// <summary>Which folders of the product each folder may name. Anyone may use Problems, Persistence, Audit, Clusters and Documents.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Policy"] = [],
        ["Problems"] = ["Persistence"],
        ["Outbound"] = [],
        ["Documents"] = ["Policy", "Clusters", "Notifications", "Outbound", "Schedules", "SignIn"],
        ["Schedules"] = ["Documents", "Outbound"],
        ["Persistence"] = ["AccessRequests", "Audit", "Clusters", "Grants", "Issuance", "Keys", "KubeCalls", "Notifications", "SignIn"],
        ["Audit"] = ["Persistence", "Problems", "SignIn"],
        ["Keys"] = ["Audit", "Persistence", "Problems"],
        ["SignIn"] = ["Audit", "Documents", "Keys", "Persistence", "Policy", "Problems"],
        ["Configuration"] = ["Audit", "Documents", "Grants", "Persistence"],
        ["Clusters"] = ["Audit", "Documents", "Keys", "Persistence", "Policy", "Problems", "SignIn"],
        ["BlastRadius"] = ["Clusters", "Documents", "Policy", "Problems", "SignIn"],
        ["Posture"] = ["Audit", "BlastRadius", "Clusters", "Documents", "Persistence", "Problems", "SignIn"],
        ["AccessRequests"] = ["Audit", "BlastRadius", "Clusters", "Documents", "Outbound", "Persistence", "Policy", "Problems", "Schedules", "SignIn"],
        ["Approvals"] = ["AccessRequests", "Audit", "Clusters", "Documents", "Persistence", "Policy", "Problems", "SignIn"],
        ["KubeCalls"] = ["Clusters", "Documents", "Persistence", "Problems"],
        ["Grants"] = ["AccessRequests", "Approvals", "Audit", "Clusters", "Documents", "KubeCalls", "Persistence", "Policy", "Problems", "SignIn"],
        ["Issuance"] = ["Grants", "Audit", "Clusters", "Documents", "Keys", "Persistence", "Problems", "SignIn"],
        ["Notifications"] = ["AccessRequests", "Approvals", "Grants", "Audit", "Documents", "Outbound", "Persistence", "Policy", "Problems", "SignIn"],
        ["Bindings"] = ["Grants", "Audit", "Clusters", "Documents", "KubeCalls", "Persistence", "Policy", "Problems"],
    };

    private static readonly string Root = FindRoot();

    public static TheoryData<string> Folders => [.. Directory.EnumerateDirectories(Path.Combine(Root, "src", "AccessGateway")).Select(folder => Path.GetFileName(folder)!).Where(name => name is not ("bin" or "obj"))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_OfTheProduct_NamesOnlyWhatItMay(string folder)
    {
        Assert.True(Allowed.TryGetValue(folder, out var allowed), $"{folder} is a new capability: say here what it may use.");
        var named = Code(Path.Combine("src", "AccessGateway", folder)).SelectMany(code => Namespaces().Matches(code)).Select(match => match.Groups[1].Value).Distinct();
        Assert.Empty(named.Except(allowed!).Except([folder, "Contracts", "Pki"]));
    }

    [Fact]
    public void KubernetesClient_Anywhere_OnlyInBindingsAndClusters() =>
        Assert.Equal(["Bindings", "Clusters"], Users(@"^using k8s\b"));

    [Fact]
    public void Pki_InTheProduct_OnlyInIssuanceAndClusters() => Assert.Equal(["Clusters", "Issuance"], Users(@"^using AccessGateway\.Pki\b"));

    [Fact]
    public void BouncyCastle_Anywhere_OnlyInPki() =>
        Assert.Equal(["AccessGateway.Pki"], Projects().Where(project => Items(project, "PackageReference").Contains("BouncyCastle.Cryptography")).Select(Path.GetFileNameWithoutExtension));

    [Theory]
    [InlineData("AccessGateway.Contracts")]
    [InlineData("AccessGateway.Pki")]
    [InlineData("AccessGateway", "AccessGateway.Contracts", "AccessGateway.Pki")]
    [InlineData("AccessGateway.Kubectl", "AccessGateway.Contracts")]
    [InlineData("AccessGateway.Portal", "AccessGateway")]
    public void Project_References_TheseAlone(string project, params string[] expected)
    {
        var file = Projects().Single(candidate => Path.GetFileNameWithoutExtension(candidate) == project);
        Assert.Equal(expected, Items(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!).Order());
    }

    [Fact]
    public void Portal_Source_NamesNoEntityFrameworkAndNoPki() =>
        Assert.DoesNotContain(Code(Path.Combine("web", "AccessGateway.Portal")), code => PortalMustNotName().IsMatch(code));

    private static List<string> Users(string pattern) => [.. Directory.EnumerateDirectories(Path.Combine(Root, "src", "AccessGateway"))
        .Select(folder => Path.GetFileName(folder)!)
        .Where(folder => Code(Path.Combine("src", "AccessGateway", folder)).Any(code => Regex.IsMatch(code, pattern, RegexOptions.Multiline)))
        .Order()];

    /// <summary>Every source file below a folder, without its comments.</summary>
    private static IEnumerable<string> Code(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".cs" or ".razor")
        .Select(file => Comments().Replace(File.ReadAllText(file), ""));

    private static IEnumerable<string> Projects() => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "web"), "*.csproj", SearchOption.AllDirectories));

    private static IEnumerable<string> Items(string project, string kind) => XDocument.Load(project).Descendants(kind).Select(item => (string?)item.Attribute("Include") ?? "");

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AccessGateway.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        return folder;
    }

    [GeneratedRegex(@"\bAccessGateway\.([A-Z]\w+)")]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comments();

    [GeneratedRegex(@"\bEntityFrameworkCore\b|\bAccessGateway\.Pki\b|\bGatewayDbContext\b")]
    private static partial Regex PortalMustNotName();
}
