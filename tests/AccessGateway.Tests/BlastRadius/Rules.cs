namespace AccessGateway.Tests.BlastRadius;

using AccessGateway.BlastRadius;
using AccessGateway.Clusters;
using CsCheck;

/// <summary>Rules as short texts: <c>get,list apps/deployments,pods/log [name,name]</c>; the group before the last slash with a colon:
/// <c>get apps:deployments</c>; URLs begin with a slash.</summary>
internal static class Rules
{
    public static RbacRule Of(string text)
    {
        var parts = text.Split(' ');
        var names = parts.Length > 2 ? parts[2].Trim('[', ']').Split(',') : [];
        var colon = parts[1].LastIndexOf(':');
        return parts[1][0] == '/'
            ? new RbacRule([], [], [], parts[0].Split(','), parts[1].Split(','))
            : new RbacRule([colon < 0 ? "" : parts[1][..colon]], parts[1][(colon + 1)..].Split(','), names, parts[0].Split(','), []);
    }

    /// <summary>Any of the texts.</summary>
    public static Gen<string> Any(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    public static Rights Rights(params string[] texts) => new([.. texts.Select(Of)]);
}
