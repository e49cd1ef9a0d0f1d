namespace AccessGateway.Testing;

using System.Net.Http.Json;
using AccessGateway.Contracts;
using AccessGateway.Problems;
using AccessGateway.SignIn;

/// <summary>Factors and step-up, one call each.</summary>
internal static class StepUpSteps
{
    /// <summary>The same user in a login of their own: only then does MFA serve further actions.</summary>
    public static TestUser In(this TestUser user, string login) => user with { Caller = user.Caller with { LoginId = login } };

    /// <summary>A fresh proof for the client's own login, through the API.</summary>
    public static async Task<string> ProveAsync(HttpClient client, string code, string action)
    {
        var asked = new StepUpRequest { Method = StepUpMethods.Totp, Code = code, Action = action };
        using var answer = await client.PostAsJsonAsync("/api/v1/step-up", asked, GatewayJson.Default.StepUpRequest);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(GatewayJson.Default.StepUpResponse))!.Proof;
    }

    /// <summary>The same with the next code of the user's authenticator.</summary>
    public static Task<string> ProveAsync(this TestGateway gateway, HttpClient client, TestUser user, string action) => ProveAsync(client, gateway.NextCode(user), action);

    /// <summary>Adds a passkey, proven by a TOTP code.</summary>
    public static async Task<FactorView> AddPasskeyAsync(this TestGateway gateway, TestUser user, TestPasskey passkey, string name = "Laptop")
    {
        var proof = await gateway.ProveAsync(user, StepUpActions.AddPasskey);
        var offer = TestGateway.Value(await gateway.WithAsync<PasskeyOffers, Outcome<FactorOffer>>(offers => offers.BeginAsync(user.Caller, name, proof, default)));
        return TestGateway.Value(await gateway.WithAsync<PasskeyOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(user.Caller, passkey.Create(offer.Options!), default)));
    }

    /// <summary>Adds an authenticator, proven by a code of the first; returns the user as its owner.</summary>
    public static async Task<(FactorView Factor, TestUser WithIt)> AddTotpAsync(this TestGateway gateway, TestUser user, string name = "Second phone")
    {
        var proof = await gateway.ProveAsync(user, StepUpActions.AddTotp);
        var offer = TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<TotpOffer>>(offers => offers.BeginAsync(user.Caller, name, proof, default)));
        var with = user with { TotpSecret = offer.Secret };
        var code = gateway.NextCode(with);
        return (TestGateway.Value(await gateway.WithAsync<TotpOffers, Outcome<FactorView>>(offers => offers.ConfirmAsync(user.Caller, code, default))), with);
    }

    /// <summary>A challenge for a step-up, answered.</summary>
    public static async Task<PasskeyAnswer> AnswerAsync(this TestGateway gateway, TestUser user, TestPasskey passkey, string action)
    {
        var question = TestGateway.Value(await gateway.WithAsync<PasskeyStepUps, Outcome<PasskeyQuestion>>(stepUps => stepUps.AskAsync(user.Caller, action, default)));
        return new PasskeyAnswer(question.Challenge, passkey.Get(question.Options));
    }

    public static Task<Outcome<StepUpResponse>> ProveAsync(this TestGateway gateway, TestUser user, string action, PasskeyAnswer answer) =>
        gateway.WithAsync<PasskeyStepUps, Outcome<StepUpResponse>>(stepUps => stepUps.ProveAsync(user.Caller, action, answer, default));

    /// <summary>A fresh proof by passkey.</summary>
    public static async Task<string> ProveAsync(this TestGateway gateway, TestUser user, string action, TestPasskey passkey)
    {
        passkey.Counter++;
        return TestGateway.Value(await gateway.ProveAsync(user, action, await gateway.AnswerAsync(user, passkey, action))).Proof;
    }

    public static Task<List<string>> NoticesAsync(this TestGateway gateway, TestUser user) => gateway.WithAsync<Notices, List<string>>(async notices =>
        [.. (await notices.ListAsync(user.Caller, default)).Select(notice => notice.Text)]);
}
