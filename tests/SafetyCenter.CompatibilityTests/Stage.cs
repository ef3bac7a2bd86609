using System.Text.Json;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.CompatibilityTests;

/// <summary>An organization, and Datadog's client configured with the keys of its admin.</summary>
public sealed record Stage(App App, Sdk Sdk, TestOrganization Organization, Sdk.Connection Admin)
{
    private static int _organizations;

    /// <summary>Founds one.</summary>
    public static async Task<Stage> SetAsync(App app, Sdk sdk)
    {
        var number = Interlocked.Increment(ref _organizations);
        var organization = await app.CreateOrganizationAsync($"Sdk {number}", $"ann@sdk-{number}.example", "Ann Admin");
        return new Stage(
            app,
            sdk,
            organization,
            new Sdk.Connection(app.Address, organization.ApiKey.Secret, organization.ApplicationKey.Secret));
    }

    /// <summary>Somebody of the standard role, with an application key of these scopes.</summary>
    public async Task<Sdk.Connection> StandardAsync(params string[] scopes)
    {
        var bob = await App.AddPersonAsync(Organization, $"bob@{Organization.Slug}.example", "Bob Builder");
        var key = await App.IssueApplicationKeyAsync(bob, "bob's", scopes);
        return Admin with { AppKey = key.Secret };
    }

    /// <summary>Calls the key management API of v2 as the admin.</summary>
    public Task<Sdk.Outcome> KeysAsync(string method, object? parameters = null, Sdk.Connection? by = null) =>
        Sdk.CallAsync(by ?? Admin, "v2", "KeyManagementApi", method, parameters);

    /// <summary>Calls the service accounts API of v2 as the admin.</summary>
    public Task<Sdk.Outcome> AccountsAsync(string method, object? parameters = null, Sdk.Connection? by = null) =>
        Sdk.CallAsync(by ?? Admin, "v2", "ServiceAccountsApi", method, parameters);
}

/// <summary>Reads what the client made of an answer.</summary>
public static class Reading
{
    /// <summary>The resource's id.</summary>
    public static string Id(this JsonElement document) => document.GetProperty("data").GetProperty("id").GetString()!;

    /// <summary>An attribute of the one resource, as the client names it.</summary>
    public static JsonElement Attribute(this JsonElement document, string name) =>
        document.GetProperty("data").GetProperty("attributes").GetProperty(name);

    /// <summary>Whether the one resource has an attribute.</summary>
    public static bool Has(this JsonElement document, string name) =>
        document.GetProperty("data").GetProperty("attributes").TryGetProperty(name, out _);

    /// <summary>The names on a list.</summary>
    public static string[] Names(this JsonElement document) =>
        [.. document.GetProperty("data").EnumerateArray()
            .Select(item => item.GetProperty("attributes").GetProperty("name").GetString()!)];
}

/// <summary>JSON:API documents, in the client's own spelling.</summary>
public static class Document
{
    /// <summary>Of what is to be made.</summary>
    public static object New(string type, object attributes) => new { data = new { type, attributes } };

    /// <summary>Of what is to be changed.</summary>
    public static object Edit(string type, string id, object attributes) => new { data = new { type, id, attributes } };
}
