using System.Text.Json;
using SafetyCenter.CompatibilityTests;

[assembly: AssemblyFixture(typeof(Sdk))]

namespace SafetyCenter.CompatibilityTests;

/// <summary>The client that Datadog publishes on npm, in a process of its own, as its users run it.</summary>
public sealed class Sdk() : NodeScript("sdk.cjs")
{
    /// <summary>Where the calls go, and with what.</summary>
    public sealed record Connection(Uri Url, string? ApiKey, string? AppKey, string? Bearer = null);

    /// <summary>What the client made of the answer: a value, or an error that it raised.</summary>
    public sealed record Outcome(JsonElement Value, int? Code, string[]? Errors, string? Failure)
    {
        /// <summary>The value; fails unless the client understood every part of it.</summary>
        public JsonElement Understood
        {
            get
            {
                Assert.True(Code is null && Failure is null, $"{Code} {string.Join("; ", Errors ?? [])} {Failure}");
                Assert.DoesNotContain("\"_unparsed\":true", Value.ToString(), StringComparison.Ordinal);
                return Value;
            }
        }

        /// <summary>Fails unless it succeeded without a body, as 204 does.</summary>
        public void IsDone() => Assert.Equal(JsonValueKind.Null, Understood.ValueKind);

        /// <summary>Fails unless the client raised an error with this code, and read its sentences.</summary>
        public string[] Refused(int code)
        {
            Assert.True(Code == code, $"Expected {code}, was {Code} {Value} {Failure}");
            Assert.NotEmpty(Errors ?? []);
            return Errors!;
        }
    }

    /// <summary>Calls one method.</summary>
    public Task<Outcome> CallAsync(
        Connection connection, string version, string api, string method, object? parameters = null)
    {
        var (url, apiKey, appKey, bearer) = connection;
        return AskAsync<Outcome>(new
        {
            url = url.ToString().TrimEnd('/'), apiKey, appKey, bearer, version, api, method,
            parameters,
        });
    }
}
