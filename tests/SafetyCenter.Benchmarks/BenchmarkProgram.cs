namespace SafetyCenter.Benchmarks;

/// <summary>
/// Measures how fast the product is, as ratios taken in one run, beside the bars it has to pass: <c>verify</c>,
/// <c>lists</c> or <c>scan</c>. With <c>serve</c> it is the product itself, in a process of its own.
/// </summary>
internal static class BenchmarkProgram
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["serve", .. var rest]:
                return Served.Serve(rest);
            case ["verify"]:
                Load.StayOnOneThread();
                return await VerifyBenchmark.RunAsync();
            case ["lists"]:
                Load.StayOnOneThread();
                return await ListsBenchmark.RunAsync();
            case ["scan"]:
                return await ScanBenchmark.RunAsync();
            default:
                await Console.Error.WriteLineAsync(
                    "Say what to measure (verify, lists or scan): "
                    + "dotnet run -c Release --project tests/SafetyCenter.Benchmarks -- verify");
                return 2;
        }
    }
}
