using System.Text.Json;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Secrets;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.Api;

/// <summary>Report files of other scanners: what of every kind is done with them.</summary>
public sealed class LeakImportsApiTests(App app) : IClassFixture<App>
{
    private const string Commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

    [Fact]
    public async Task Every_finding_of_gitleaks_is_a_place_of_one_alert()
    {
        var scanner = await app.NewScannerAsync("Gitleaks");
        var secret = scanner.Organization.ApiKey.Secret;
        var answer = await scanner.ImportAsync(
            Scanners.GitleaksReport(
                Scanners.Gitleaks(secret),
                Scanners.Gitleaks(secret, "src/a.cs", 7, Commit),
                Scanners.Gitleaks(secret, "b.cs", 8, Commit, link: "https://git.acme.example/b.cs#L8"),
                Scanners.Gitleaks("AKIAIOSFODNN7EXAMPLE")),
            "?repository=https://ann:password@github.com/acme/app&public=true");
        answer.MustBe(findings: 4, matched: 3, raised: 1);
        Assert.Equal("gitleaks", answer.Data.GetProperty("format").GetString());
        Assert.Equal(
            [
                ".env, line 3 in https://github.com/acme/app", "https://git.acme.example/b.cs#L8",
                $"https://github.com/acme/app/blob/{Commit}/src/a.cs#L7",
            ],
            await scanner.PlacesAsync());
        var alert = Assert.Single(await app.RowsAsync<Alert>(
            all => all.Where(row => row.OrganizationId == scanner.Organization.Id)));
        Assert.True(alert.IsPublic);
        var delivery = Assert.Single(await scanner.DeliveriesAsync());
        Assert.Equal((LeakChannel.Import, "gitleaks report of ci"), (delivery.Channel, delivery.SourceName));
        await app.AssertKeepsNoSecretAsync();
    }

    [Fact]
    public async Task A_secret_that_stands_only_in_the_match_is_found()
    {
        var scanner = await app.NewScannerAsync("Match");
        var secret = scanner.Organization.ApplicationKey.Secret;
        var file = Scanners.GitleaksReport(Scanners.Gitleaks(secret[..10], match: $"key: \"{secret}\""));
        (await scanner.ImportAsync(file)).MustBe(findings: 1, matched: 1, raised: 1);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData(" [ \n ] ")]
    public async Task A_report_that_found_nothing_is_fine(string file)
    {
        var scanner = await app.NewScannerAsync($"Nothing {Guid.NewGuid():N}");
        (await scanner.ImportAsync(file)).MustBe(findings: 0, matched: 0, raised: 0);
        (await scanner.ImportAsync(file, "?format=trufflehog")).MustBe(findings: 0, matched: 0, raised: 0);
        Assert.Empty(await scanner.DeliveriesAsync());
    }

    [Fact]
    public async Task Redacted_findings_are_told_apart_from_those_of_other_secrets()
    {
        var scanner = await app.NewScannerAsync("Redacted");
        var secret = scanner.Organization.ApiKey.Secret;
        var answer = await scanner.ImportAsync(Scanners.GitleaksReport(
            Scanners.Gitleaks("REDACTED", match: "API_KEY=REDACTED"),
            Scanners.Gitleaks(secret[..12] + "..."),
            Scanners.Gitleaks("hunter2")));
        answer.MustBe(findings: 3, matched: 0, raised: 0, redacted: 2);
        Assert.Empty(await scanner.PlacesAsync());
    }

    [Fact]
    public async Task TruffleHogs_lines_are_read_and_its_log_is_passed_over()
    {
        var scanner = await app.NewScannerAsync("TruffleHog");
        var (api, application) = (scanner.Organization.ApiKey.Secret, scanner.Organization.ApplicationKey.Secret);
        string[] lines =
        [
            "🐷🔑🐷  TruffleHog. Unearth your secrets. 🐷🔑🐷",
            "",
            "2026-01-15T12:00:00Z\tinfo-0\ttrufflehog\trunning source\t{\"source_manager_worker_id\": \"x\"}",
            $$"""{"level":"info-0","ts":"2026-01-15T12:00:00Z","logger":"trufflehog","msg":"with {{api}} in it"}""",
            Line("Git", new { commit = Commit, file = "a.txt", repository = "https://gitlab.com/acme/app", line = 4 }, api),
            Line("Filesystem", new { file = "/src/b.txt", line = 5 }, "", $"id:{application}"),
            "[not a finding]",
            Line("Github", new { link = "https://github.com/acme/app/blob/main/c.txt#L6", line = 6 }, "AKIAIOSFODNN7EXAMPLE"),
            Line("Github", new { link = "https://ann:x@github.com/acme/app/blob/main/c.txt#L7" }, api),
            "{\"SourceMetadata\":{\"Data\":{\"Filesystem\":{\"file\":\"/src/d.txt",
        ];
        var file = string.Join("\r\n", lines);
        (await scanner.ImportAsync(file)).MustBe(findings: 5, matched: 3, raised: 2, unreadable: 1);
        Assert.Equal(
            [
                "/src/b.txt, line 5", "https://github.com/acme/app/blob/main/c.txt#L7",
                $"https://gitlab.com/acme/app/-/blob/{Commit}/a.txt#L4",
            ],
            await scanner.PlacesAsync());

        var inArray = Line("Filesystem", new { file = "e" }, api);
        (await scanner.ImportAsync($"[{inArray}]")).MustBe(findings: 1, matched: 1, raised: 0);
        (await scanner.ImportAsync("scan finished\n", "?format=trufflehog")).MustBe(findings: 0, matched: 0, raised: 0);

        static string Line(string source, object place, string raw, string rawV2 = "") => JsonSerializer.Serialize(new
        {
            SourceMetadata = new { Data = new Dictionary<string, object> { [source] = place } },
            SourceID = 1,
            DetectorName = "CustomRegex",
            Verified = false,
            Raw = raw,
            RawV2 = rawV2,
            Redacted = "",
            StructuredData = (string?)null,
        });
    }

    [Fact]
    public async Task What_secretlint_says_of_the_whole_file_is_never_looked_at()
    {
        var scanner = await app.NewScannerAsync("Secretlint");
        var (api, application) = (scanner.Organization.ApiKey.Secret, scanner.Organization.ApplicationKey.Secret);
        string Message(string text) => $$$"""
            {"ruleId":"@secretlint/x","messageId":"PATTERN","message":"found: {{{text}}}","range":[1,9],"severity":"error",
             "loc":{"start":{"line":4,"column":0},"end":{"line":4,"column":9}},"data":{"CREDENTIAL":"{{{text}}}"}}
            """;
        var masked = $$"""[{"filePath":"/a.env","sourceContent":"KEY={{api}}\n","messages":[{{Message("*****")}}]}]""";
        (await scanner.ImportAsync(masked)).MustBe(findings: 1, matched: 0, raised: 0, redacted: 1);
        Assert.Empty(await scanner.PlacesAsync());

        // The path may stand behind the messages.
        var plain = $$"""
            [{"sourceContent":"{{api}}","messages":[{{Message(application)}},{{Message("other")}}],"filePath":"/b.env"}]
            """;
        (await scanner.ImportAsync(plain)).MustBe(findings: 2, matched: 1, raised: 1);
        Assert.Equal(["/b.env, line 4"], await scanner.PlacesAsync());
    }

    [Fact]
    public async Task The_SARIF_of_gitleaks_has_the_secret_in_the_snippet()
    {
        var scanner = await app.NewScannerAsync("Sarif");
        string Result(string snippet) => $$$"""
            {"ruleId":"k","message":{"text":"k has detected secret"},
             "locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b.env"},
              "region":{"startLine":2,"startColumn":1,"endLine":2,"endColumn":9,"snippet":{"text":"{{{snippet}}}"} }} }],
             "partialFingerprints":{"commitSha":"{{{Commit}}}","email":"x","author":"x","date":"x"},"properties":{"tags":[]}}
            """;
        var file = $$"""
            {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0",
             "runs":[{"tool":{"driver":{"name":"gitleaks","rules":[]} },
             "results":[{{Result(scanner.Organization.ApiKey.Secret)}},{{Result("REDACTED")}}]}]}
            """;
        (await scanner.ImportAsync(file, "?repository=https://github.com/acme/app"))
            .MustBe(findings: 2, matched: 1, raised: 1, redacted: 1);
        Assert.Equal([$"https://github.com/acme/app/blob/{Commit}/a%20b.env#L2"], await scanner.PlacesAsync());
    }

    [Fact]
    public async Task Any_SARIF_is_read_with_its_runs_bases_suppressions_and_baseline()
    {
        var scanner = await app.NewScannerAsync("Generic");
        var (secret, hash) = (scanner.Organization.ApiKey.Secret, SecretHash.Of(scanner.Organization.ApiKey.Secret));
        string At(string uri, string? of = null, string? snippet = null) => JsonSerializer.Serialize(new
        {
            physicalLocation = new
            {
                artifactLocation = new { uri, uriBaseId = of },
                region = new { startLine = 3, snippet = snippet is null ? null : new { text = snippet } },
            },
        });
        string Result(string places, string rest = "") =>
            $$$"""{"message":{"text":"leak"},"locations":[{{{places}}}]{{{rest}}}}""";
        string Quiet(string of) => $",\"suppressions\":[{{\"kind\":\"external\"{of}}}]";
        var file = $$"""
            {"version":"2.1.0","runs":[
             {"tool":{"driver":{"name":"any"} },
              "originalUriBaseIds":{"ROOT":{"uri":"https://code.acme.example/app/"},"SRC":{"uri":"src/","uriBaseId":"ROOT"},
               "DISK":{"uri":"file:///home/ann/app/"} },
              "results":[
               {{Result(At("one.cs", "SRC", secret) + "," + At("two.cs", "DISK", secret))}},
               {{Result(At("gone.cs", null, secret), ",\"baselineState\":\"absent\"")}},
               {{Result(At("quiet.cs", null, secret), Quiet(",\"status\":\"accepted\""))}},
               {{Result(At("quiet too.cs", null, secret), Quiet(""))}},
               {{Result(At("loud.cs", null, secret), Quiet(",\"status\":\"rejected\""))}},
               {{Result(At("place only.cs"))}}]},
             {"tool":{"driver":{"name":"safetycenter"} },
              "versionControlProvenance":[{"repositoryUri":"https://github.com/acme/app","revisionId":"{{Commit}}"}],
              "results":[
               {"partialFingerprints":{"sha256/v1":"{{hash}}"},"locations":[{{At("three.cs", "SRC")}}],"message":{"text":"x"} },
               {"message":{"text":"the key {{secret}} is here"} }]}]}
            """;
        (await scanner.ImportAsync(file)).MustBe(findings: 6, matched: 5, raised: 1, redacted: 1, skipped: 3);
        Assert.Equal(
            [
                "/home/ann/app/two.cs, line 3", $"commit {Commit} in https://github.com/acme/app",
                "https://code.acme.example/app/src/one.cs#L3",
                $"https://github.com/acme/app/blob/{Commit}/three.cs#L3", "loud.cs, line 3",
            ],
            await scanner.PlacesAsync());
    }

    [Fact]
    public async Task Kingfisher_and_our_own_scanner_are_read()
    {
        var scanner = await app.NewScannerAsync("Kingfisher");
        var (api, application) = (scanner.Organization.ApiKey.Secret, scanner.Organization.ApplicationKey.Secret);
        var git = new { repository_url = "https://github.com/acme/app", commit = new { id = Commit } };
        string Record(string snippet, string path) => JsonSerializer.Serialize(new
        {
            rule = new { name = "x", id = "x.1" },
            finding = new { snippet, fingerprint = "1", line = 2, path, git_metadata = git },
        });
        (await scanner.ImportAsync($$"""{"findings":[{{Record(api, "a")}},{{Record("[REDACTED:1f]", "b")}}],"metadata":1}"""))
            .MustBe(findings: 2, matched: 1, raised: 1, redacted: 1);
        (await scanner.ImportAsync($"{Record(application, "c")}\n{Record(api, "d")}\n"))
            .MustBe(findings: 2, matched: 2, raised: 1);
        var own = $$"""
            {"findings":[
             {"kind":"api_key","path":"e","line":9,"column":1,"sha256":"{{SecretHash.Of(api)}}","encoding":"plain"},
             {"kind":"api_key","path":"f","line":9,"sha256":"short"}],"files":1,"bytes":1}
            """;
        (await scanner.ImportAsync(own)).MustBe(findings: 2, matched: 1, raised: 0, unreadable: 1);
        string[] places = ["e, line 9", .. "acd".Select(file => $"https://github.com/acme/app/blob/{Commit}/{file}#L2")];
        Assert.Equal(places, await scanner.PlacesAsync());
    }
}
