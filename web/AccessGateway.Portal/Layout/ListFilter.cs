namespace AccessGateway.Portal.Layout;

using Microsoft.AspNetCore.Http;

/// <summary>What a list is narrowed to and where in it one is, as its address says. A form of GET asks for it, so that it can be kept and sent.</summary>
public sealed class ListFilter
{
    private const string Place = "before";
    private readonly HttpRequest _request;
    private readonly string[] _names;

    /// <param name="names">The fields that narrow the list.</param>
    internal ListFilter(HttpRequest request, string address, params string[] names) => (_request, Address, _names) = (request, address, names);

    /// <summary>The whole list, from its beginning.</summary>
    public string Address { get; }

    public bool IsSet => _names.Any(name => this[name] is not null);

    /// <summary>What the list goes on after; null at its beginning.</summary>
    public string? Before => this[Place];

    /// <summary>Null where the field is empty.</summary>
    public string? this[string name] => _request.Query[name].ToString().Trim() is { Length: > 0 } text ? text : null;

    /// <summary>The same list at another place, narrowed in the same way.</summary>
    public string AddressOf(string? place) => Address + QueryString.Create(_names
        .Select(name => KeyValuePair.Create(name, this[name]))
        .Append(KeyValuePair.Create(Place, place))
        .Where(pair => pair.Value is not null));
}
