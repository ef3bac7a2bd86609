using System.Text.Json;
using SafetyCenter.CompatibilityTests;
using SafetyCenter.Tests.Support;

[assembly: AssemblyFixture(typeof(OAuthClients))]

namespace SafetyCenter.CompatibilityTests;

/// <summary>Two OAuth clients of other people, from npm: oauth4webapi, which checks everything, and simple-oauth2.</summary>
public sealed class OAuthClients() : NodeScript("oauth.mjs")
{
    /// <summary>Does one step.</summary>
    public Task<Outcome> DoAsync(object request) => AskAsync<Outcome>(request);

    /// <summary>What the client made of the answer.</summary>
    /// <param name="Value">What it returned.</param>
    /// <param name="Error">The error of the server, as it read it.</param>
    /// <param name="Status">The status of that.</param>
    /// <param name="Failure">What it threw of its own accord.</param>
    public sealed record Outcome(JsonElement Value, string? Error, int? Status, string? Failure)
    {
        /// <summary>The value; fails unless the client was content.</summary>
        public JsonElement Ok
        {
            get
            {
                Assert.True(Error is null && Failure is null, $"{Status} {Error} {Failure}");
                return Value;
            }
        }

        /// <summary>A member of the value, as text.</summary>
        public string this[string name] => Ok.GetProperty(name).ToString();

        /// <summary>Fails unless the client read this refusal.</summary>
        public void Refused(string error, int status = 400) =>
            Assert.True(
                Error == error && Status == status,
                $"Expected {status} {error}, was {Status} {Error} {Failure} {Value}");
    }
}

/// <summary>One registration of ours in one of the clients.</summary>
/// <param name="Clients">Both of them.</param>
/// <param name="App">The product.</param>
/// <param name="Library">Which one.</param>
/// <param name="ClientId">What it calls itself.</param>
/// <param name="Secret">Its secret, if it has one.</param>
/// <param name="Method">How it shows that.</param>
public sealed record OAuthClientOf(
    OAuthClients Clients, App App, string Library, string ClientId, string? Secret = null, string Method = "none")
{
    /// <summary>Sends somebody to us, who presses a button; tells where that led and what the client must remember.</summary>
    public async Task<(string Callback, string Verifier, string State)> AuthorizeAsync(
        HttpClient person, string scope, string button = "Authorize")
    {
        // simple-oauth2 leaves these to whoever uses it.
        var (verifier, state) = (OAuthProgram.Verifier, "a state");
        var begun = await DoAsync("begin", new() { ["scope"] = scope, ["verifier"] = verifier, ["state"] = state });
        if (Library == "oauth4webapi")
        {
            (verifier, state) = (begun["verifier"], begun["state"]);
        }

        // Whoever agreed to the same before is not asked again.
        var address = new Uri(begun["address"]).PathAndQuery;
        using var answer = await person.GetAsync(address);
        using var pressed = answer.Headers.Location is null ? await person.PostFormAsync(address, button, within: "main") : null;
        return ((pressed ?? answer).Headers.Location!.OriginalString, verifier, state);
    }

    /// <summary>Exchanges what came back.</summary>
    public async Task<OAuthClients.Outcome> FinishAsync(
        (string Callback, string Verifier, string State) begun, string? redirectUri = null)
    {
        var outcome = await DoAsync("finish", new()
        {
            ["callback"] = begun.Callback,
            ["verifier"] = begun.Verifier,
            ["state"] = begun.State,
            ["redirectUri"] = redirectUri,
        });
        if (outcome.Error is null && outcome.Failure is null)
        {
            App.Plant(outcome["access_token"]);
            App.Plant(outcome["refresh_token"]);
        }

        return outcome;
    }

    /// <summary>Exchanges a refresh token.</summary>
    public Task<OAuthClients.Outcome> RefreshAsync(string token, string? scope = null) =>
        DoAsync("refresh", new() { ["token"] = token, ["scope"] = scope });

    /// <summary>Does something with a token, or without one.</summary>
    public Task<OAuthClients.Outcome> DoAsync(string step, string? token = null, string? scope = null) =>
        DoAsync(step, new() { ["token"] = token, ["scope"] = scope });

    /// <summary>Does one step.</summary>
    public Task<OAuthClients.Outcome> DoAsync(string step, Dictionary<string, string?> parameters)
    {
        var request = parameters.Where(parameter => parameter.Value is not null)
            .ToDictionary(parameter => parameter.Key, parameter => parameter.Value!);
        request["step"] = step;
        request["library"] = Library;
        request["url"] = App.Address.ToString();
        request["clientId"] = ClientId;
        request["method"] = Method;
        if (Secret is not null)
        {
            request["secret"] = Secret;
        }

        return Clients.DoAsync(request);
    }
}
