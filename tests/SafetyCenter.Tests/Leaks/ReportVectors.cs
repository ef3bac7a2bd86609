using System.Text.Json;

namespace SafetyCenter.Tests.Leaks;

/// <summary>Published signatures and changes to them, from report-signatures.json.</summary>
public sealed record ReportVectors(
    Dictionary<string, string> Keys,
    Dictionary<string, string> Identifiers,
    string Sha256OfSomeToken,
    IReadOnlyList<ReportVector> Cases)
{
    private static readonly JsonSerializerOptions SnakeCase =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static ReportVectors All { get; } = Read();

    public ReportVector this[string id] => Cases.Single(vector => vector.Id == id);

    private static ReportVectors Read()
    {
        using var file = typeof(ReportVectors).Assembly.GetManifestResourceStream("report-signatures.json")!;
        return JsonSerializer.Deserialize<ReportVectors>(file, SnakeCase)!;
    }
}

/// <summary>One signature: whose key, over which body, and whether it is good.</summary>
public sealed record ReportVector(string Id, string Key, string Body, string Signature, bool Valid);
