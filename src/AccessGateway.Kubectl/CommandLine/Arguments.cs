namespace AccessGateway.Kubectl.CommandLine;

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using AccessGateway.Contracts;

/// <summary>Arguments and options that several commands take, checked as they are read: what fails here is bad usage.</summary>
internal static class Arguments
{
    public static Argument<string> Grant() => Checked("GRANT", "The grant's id: gr-…", Identifiers.IsGrant, "is no grant's id (gr-…)");

    public static Argument<string> AccessRequest() =>
        Checked("ID", "The access request's id: ar-…", Identifiers.IsAccessRequest, "is no access request's id (ar-…)");

    public static Argument<string> Cluster() => Checked("CLUSTER", "The cluster's name.", Identifiers.IsDnsLabel, "is no cluster's name");

    /// <summary>One, or several with commas between them.</summary>
    public static Argument<string> Clusters() => Checked(
        "CLUSTER", "The cluster's name, or several: dev,prod.", text => text.Split(',') is var names && names.All(Identifiers.IsDnsLabel) && names.Distinct().Count() == names.Length,
        "is no cluster's name, nor several different ones with commas between them");

    public static Argument<string?> Optional(Argument<string> argument, string description)
    {
        var optional = new Argument<string?>(argument.Name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        foreach (var validator in argument.Validators)
            optional.Validators.Add(validator);
        return optional;
    }

    public static Option<string?> Duration(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "DURATION" };
        option.Validators.Add(result => Check(result, text => DurationText.TryParse(text, out _), "is no duration (such as 90s, 30m, 8h or 1h30m)"));
        return option;
    }

    public static Option<int> Limit() => new("--limit")
    {
        Description = "How many to show at most (1 to 5000).",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 5000)
                return limit;
            result.AddError("--limit must be a number from 1 to 5000.");
            return 0;
        },
    };

    public static Option<string?> Kubeconfig() => new("--kubeconfig")
    {
        Description = "The kubeconfig to change; else what kubectl itself would use.",
        HelpName = "FILE",
    };

    /// <summary>A member of an enum by its name in camelCase.</summary>
    public static T OneOf<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(text, value.ToString(), StringComparison.OrdinalIgnoreCase))
                return value;
        }

        result.AddError($"'{text}' is none of: {string.Join(", ", Names<T>())}.");
        return default;
    }

    public static IEnumerable<string> Names<T>()
        where T : struct, Enum
    {
        return Enum.GetValues<T>().Select(value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
    }

    public static Argument<string> Checked(string name, string description, Func<string, bool> isGood, string complaint)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result => Check(result, isGood, complaint));
        return argument;
    }

    public static void Check(SymbolResult result, Func<string, bool> isGood, string complaint)
    {
        foreach (var token in result.Tokens.Where(token => !isGood(token.Value)))
            result.AddError($"'{token.Value}' {complaint}.");
    }
}
