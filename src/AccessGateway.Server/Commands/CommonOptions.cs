namespace AccessGateway.Server.Commands;

using System.CommandLine;

/// <summary>The flags that every command takes; each stands above the setting of the same meaning.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Data = new("--data") { Description = "Folder for everything the gateway keeps (Gateway:Data, default ./data).", Recursive = true };

    public static readonly Option<string?> Config = new("--config") { Description = "Folder with the configuration documents (Gateway:Config, default ./config).", Recursive = true };

    public static readonly Option<string?> PublicUrl = new("--public-url") { Description = "Address under which people reach the gateway (Gateway:PublicUrl, default https://localhost:8443).", Recursive = true };

    public static readonly Option<string> Output = Outputs();

    /// <summary>The flags as settings.</summary>
    public static Dictionary<string, string?> Settings(ParseResult parsed)
    {
        var settings = new Dictionary<string, string?>();
        Add("Gateway:Data", parsed.GetValue(Data));
        Add("Gateway:Config", parsed.GetValue(Config));
        Add("Gateway:PublicUrl", parsed.GetValue(PublicUrl));
        return settings;

        void Add(string key, string? value)
        {
            if (value is not null)
                settings[key] = value;
        }
    }

    private static Option<string> Outputs()
    {
        var option = new Option<string>("--output", "-o") { Description = "Form of lists: table or json.", DefaultValueFactory = _ => "table", Recursive = true };
        option.AcceptOnlyFromAmong("table", "json");
        return option;
    }
}
