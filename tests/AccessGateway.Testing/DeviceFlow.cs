namespace AccessGateway.Testing;

using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.SignIn;

/// <summary>The device authorization grant, one step a call.</summary>
internal static class DeviceFlow
{
    public static async Task<DeviceAuthorizationAnswer> StartDeviceAsync(HttpClient client, string? deviceName = null)
    {
        var form = new Dictionary<string, string> { ["client_id"] = OAuth.ClientId, ["scope"] = OAuth.Scope };
        if (deviceName is not null)
            form[OAuth.DeviceParameter] = deviceName;
        using var answer = await client.PostAsync(new Uri(OAuth.DeviceAuthorizationEndpoint, UriKind.Relative), new FormUrlEncodedContent(form));
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.DeviceAuthorizationAnswer))!;
    }

    /// <summary>What the person's browser posts on the page that confirms. The redirect tells what became of it.</summary>
    public static async Task<HttpResponseMessage> AnswerDeviceAsync(this TestGateway gateway, HttpClient client, TestUser user, string userCode, string? code, string answer = "allow")
    {
        var (cookies, antiforgery) = await gateway.BrowserAsync(user);
        var form = new Dictionary<string, string> { ["user_code"] = userCode, ["answer"] = answer, ["__RequestVerificationToken"] = antiforgery };
        if (code is not null)
            form["code"] = code;
        using var request = new HttpRequestMessage(HttpMethod.Post, OAuthEndpoints.ConfirmDevicePath) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("Cookie", cookies);
        return await client.SendAsync(request);
    }

    public static Task<TokenAnswer> PollAsync(HttpClient client, string deviceCode) =>
        ApiClient.RedeemAsync(client, new() { ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code", ["device_code"] = deviceCode });

    /// <summary>All of it: tokens of a login by device.</summary>
    public static async Task<TokenAnswer> LoginByDeviceAsync(this TestGateway gateway, HttpClient client, TestUser user, string? deviceName = null)
    {
        var device = await StartDeviceAsync(client, deviceName);
        using var allowed = await gateway.AnswerDeviceAsync(client, user, device.UserCode!, gateway.NextCode(user));
        return await PollAsync(client, device.DeviceCode!);
    }
}
