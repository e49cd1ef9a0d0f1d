namespace AccessGateway.SignIn;

using Microsoft.AspNetCore.Http;

/// <summary>Where a request came from, in one way of writing: IPv4 stays IPv4 on a socket for both.</summary>
internal static class ClientAddress
{
    public static string Of(HttpContext? context) => context?.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } mapped => mapped.MapToIPv4().ToString(),
        var address => address.ToString(),
    };
}
