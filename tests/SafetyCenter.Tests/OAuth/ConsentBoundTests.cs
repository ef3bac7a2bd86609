using System.Net;
using SafetyCenter.Core;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Tests.Credentials;
using SafetyCenter.Tests.Support;

namespace SafetyCenter.Tests.OAuth;

/// <summary>
/// Whatever is asked in whatever order, no token opens more than its user agreed to, for that app and in that organization,
/// since the last time that ended. Five hundred acts that chance chooses, the same ones each time, through the front, beside
/// a model of what people agreed to.
/// </summary>
public sealed class ConsentBoundTests(ClockedApp stage) : IClassFixture<ClockedApp>
{
    private const int Acts = 250;

    // The newest tokens of each are looked at; older ones open what these open.
    private const int TokensKept = 6;

    private static readonly string[] All = ["org_management", "teams_read", "user_access_invite", "user_access_read"];

    private readonly Dictionary<string, int> _done = [];
    private Random _chance = null!;

    /// <summary>A code or a token, what it was given for, and which consent it comes from.</summary>
    private sealed record Held(string Value, string[] Scopes, int Consent)
    {
        public bool IsUsed { get; set; }
    }

    /// <summary>One user who uses one app in one organization.</summary>
    private sealed record Pair(
        OAuthProgram Program,
        OAuthApp App,
        Person User,
        HttpClient Browser,
        TestOrganization Organization,
        bool ActsByItself = false)
    {
        /// <summary>What the user agreed to, as the model has it.</summary>
        public HashSet<string> Agreed { get; } = [];

        /// <summary>How often that has ended.</summary>
        public int Consent { get; private set; }

        public List<Held> Codes { get; } = [];

        public List<Held> Refresh { get; } = [];

        public List<Held> Access { get; } = [];

        public void End()
        {
            Agreed.Clear();
            Consent++;
        }
    }

    [Fact]
    public async Task No_token_ever_opens_more_than_its_user_agreed_to()
    {
        foreach (var seed in new[] { 20261126, 7009 })
        {
            _chance = new Random(seed);
            var pairs = await PairsAsync(seed);
            for (var act = 0; act < Acts; act++)
            {
                var pair = Any(pairs);
                var what = await ActAsync(pair, [.. pairs.Where(other => other.App.Id == pair.App.Id)]);
                Count(what);
                foreach (var other in pairs.Where(other => other.App.ClientId == pair.App.ClientId))
                {
                    await CheckAsync(other, $"seed {seed}, act {act}: {what}");
                }
            }
        }

        // A test of nothing would pass as well.
        Assert.All(
            new[]
            {
                "agree", "agree silently", "exchange", "replay a code", "refresh", "refresh for more", "replay a refresh token",
                "act by itself", "disable", "enable", "restrict", "end", "give back",
            },
            name => Assert.True(_done.GetValueOrDefault(name) > 0, $"Chance never chose: {name}"));
        Assert.True(_done["opened"] > Acts, $"Only {_done["opened"]} looks found a token that opened something.");
        Assert.True(_done["refused"] > Acts, $"Only {_done["refused"]} looks found a token that opened nothing.");
    }

    private Task<string> ActAsync(Pair pair, Pair[] ofApp) => _chance.Next(24) switch
    {
        < 6 => AgreeAsync(pair),
        < 11 => ExchangeAsync(pair),
        < 17 => RefreshAsync(pair),
        < 19 => ActByItselfAsync(pair),
        < 20 => GiveBackAsync(pair),
        < 21 => StandAsync(pair, ofApp),
        < 22 => RestrictAsync(pair, ofApp),
        < 23 => EndAsync(pair),
        _ => PassTimeAsync(),
    };

    private async Task<string> AgreeAsync(Pair pair)
    {
        var scopes = SomeScopes();
        var address = AuthorizeStage.AddressOf(
            pair.App.ClientId, ("scope", string.Join(' ', scopes)), ("organization", pair.Organization.Slug));
        using var page = await pair.Browser.GetAsync(address);
        if (page.Headers.Location is { } sent)
        {
            if (CodeIn(sent) is not { } silent)
            {
                return "agree in vain";
            }

            Assert.True(pair.Agreed.IsSupersetOf(scopes), "Nobody was asked about something new.");
            pair.Codes.Add(new Held(silent, scopes, pair.Consent));
            return "agree silently";
        }

        if ((await page.DocumentAsync()).QuerySelector("main button[value=authorize]") is null)
        {
            return "agree in vain";
        }

        using var answer = await pair.Browser.PostFormAsync(address, "Authorize", within: "main");
        var code = CodeIn(answer.Headers.Location!)!;
        pair.Agreed.UnionWith(scopes);
        pair.Codes.Add(new Held(code, scopes, pair.Consent));
        return "agree";
    }

    private async Task<string> ExchangeAsync(Pair pair)
    {
        if (pair.Codes.Count == 0)
        {
            return "nothing";
        }

        var code = Newest(pair.Codes);
        return Take(
            pair, code, code.Scopes, code.Scopes, await pair.Program.ExchangeAsync(code.Value), "exchange", "replay a code");
    }

    private async Task<string> RefreshAsync(Pair pair)
    {
        if (pair.Refresh.Count == 0)
        {
            return "nothing";
        }

        var token = Newest(pair.Refresh);
        var asked = _chance.Next(3) > 0 ? null : SomeScopes();
        var answer = await pair.Program.RefreshAsync(token.Value, asked is null ? null : string.Join(' ', asked));
        if (!token.IsUsed && asked?.Except(token.Scopes).Any() == true)
        {
            Assert.NotEqual(HttpStatusCode.OK, answer.Status);
            return "refresh for more";
        }

        return Take(pair, token, asked ?? token.Scopes, token.Scopes, answer, "refresh", "replay a refresh token");
    }

    // What comes twice gets nothing, and ends what the user agreed to.
    private static string Take(
        Pair pair, Held spent, string[] scopes, string[] held, OAuthProgram.Answer answer, string first, string second)
    {
        if (spent.IsUsed)
        {
            Assert.NotEqual(HttpStatusCode.OK, answer.Status);
            if (spent.Consent == pair.Consent)
            {
                pair.End();
            }

            return second;
        }

        if (answer.Status != HttpStatusCode.OK)
        {
            return first + " in vain";
        }

        spent.IsUsed = true;
        pair.Access.Add(new Held(answer.Access, scopes, pair.Consent));
        pair.Refresh.Add(new Held(answer.Refresh, held, pair.Consent));
        return first;
    }

    private async Task<string> ActByItselfAsync(Pair pair)
    {
        var scopes = SomeScopes();
        var answer = await pair.Program.ActAsync(string.Join(' ', scopes));
        if (answer.Status != HttpStatusCode.OK)
        {
            return "act by itself in vain";
        }

        // Who registers such an app agrees with that.
        Assert.True(pair.ActsByItself, "An app acts by itself that nobody has registered for that.");
        pair.Agreed.UnionWith(scopes);
        pair.Access.Add(new Held(answer.Access, scopes, pair.Consent));
        return "act by itself";
    }

    private async Task<string> GiveBackAsync(Pair pair)
    {
        if (pair.Refresh.Count == 0)
        {
            return "nothing";
        }

        (await pair.Program.RevokeAsync(pair.Refresh[^1].Value)).Ok();
        pair.Refresh.Clear();
        if ((await LiveAsync(pair)).Count == 0)
        {
            pair.End();
        }

        return "give back";
    }

    private async Task<string> StandAsync(Pair pair, Pair[] ofApp)
    {
        var disable = _chance.Next(2) == 0;
        await stage.ChangeAsync<OAuthApp>(pair.App.Id, app =>
        {
            app.Enable();
            if (disable)
            {
                app.Disable(pair.Organization.Admin.Id, stage.Now);
            }
        });
        if (!disable)
        {
            return "enable";
        }

        foreach (var other in ofApp)
        {
            other.End();
            await CheckAsync(other, "disable");
        }

        // Or chance would spend its time before closed doors.
        await stage.ChangeAsync<OAuthApp>(pair.App.Id, app => app.Enable());
        return "disable";
    }

    private async Task<string> RestrictAsync(Pair pair, Pair[] ofApp)
    {
        var kept = _chance.Next(3) == 0 ? SomeScopes() : All;
        await stage.ChangeAsync<OAuthApp>(pair.App.Id, app => app.Restrict(kept));
        foreach (var other in ofApp.Where(other => !other.Agreed.IsSubsetOf(kept)))
        {
            other.End();
        }

        return "restrict";
    }

    private async Task<string> EndAsync(Pair pair)
    {
        foreach (var grant in await LiveAsync(pair))
        {
            (await ApiCaller.AdminOf(stage, pair.Organization)
                .SendAsync(HttpMethod.Post, Life.Path(grant.Id, "revoke"))).Must(HttpStatusCode.OK);
        }

        pair.End();
        return "end";
    }

    private Task<string> PassTimeAsync()
    {
        stage.Time.Jump(TimeSpan.FromSeconds(_chance.Next(600)));
        return Task.FromResult("time");
    }

    private async Task CheckAsync(Pair pair, string when)
    {
        foreach (var token in pair.Access.TakeLast(TokensKept))
        {
            var answer = await TestApps.CallerWith(stage, token.Value).GetAsync("/verify");
            Count(answer.Status == HttpStatusCode.OK ? "opened" : "refused");
            if (answer.Status == HttpStatusCode.OK)
            {
                var scopes = Assert.Single(answer.Headers.GetValues("X-Scopes")).Split(' ');
                Assert.True(pair.Agreed.IsSupersetOf(scopes), $"{when}: more than agreed to: {string.Join(' ', scopes)}");
                Assert.True(scopes.Order().SequenceEqual(token.Scopes.Order()), $"{when}: not what it was given for");
                var organization = Assert.Single(answer.Headers.GetValues("X-Organization-Id"));
                Assert.True(organization == $"{pair.Organization.Id}", $"{when}: another organization");
            }
        }
    }

    private async Task<Pair[]> PairsAsync(int seed)
    {
        var acme = await stage.CreateOrganizationAsync($"Acme {seed}");
        var globex = await stage.CreateOrganizationAsync($"Globex {seed}");
        var bob = await stage.AddPersonAsync(acme, $"bob@acme-{seed}.example");

        // Dee is in both, and lets the same program into both.
        var (dee, deeThere) = (await stage.AddPersonAsync(acme, $"dee@{seed}.example"),
            await stage.AddPersonAsync(globex, $"dee@{seed}.example"));
        var open = await TestApps.AppAsync(stage, acme, "Open", All);
        var (robot, secret) = await TestApps.ConfidentialAsync(stage, acme, "Robot", All);
        var self = await stage.DynamicAsync("Itself", All);
        var here = new OAuthApp(self, acme.Id, isApproved: true, dee.Id, stage.Now);
        var there = new OAuthApp(self, globex.Id, isApproved: true, deeThere.Id, stage.Now);
        await stage.InScopeAsync(async db =>
        {
            db.Attach(self);
            db.AddRange(here, there);
            await db.SaveChangesAsync();
        });
        var ann = await stage.SignedInAsync(acme.Admin);
        var bobs = await stage.SignedInAsync(bob);
        var dees = await stage.SignedInAsync(dee);
        var opens = new OAuthProgram(stage, open.ClientId);
        var robots = new OAuthProgram(stage, robot.ClientId, secret.Secret);
        var itself = new OAuthProgram(stage, self.Id);
        return
        [
            new Pair(opens, open, acme.Admin, ann, acme),
            new Pair(opens, open, bob, bobs, acme),
            new Pair(robots, robot, acme.Admin, ann, acme, ActsByItself: true),
            new Pair(itself, here, dee, dees, acme),
            new Pair(itself, there, deeThere, dees, globex),
        ];
    }

    private Task<List<OAuthGrant>> LiveAsync(Pair pair) => stage.RowsAsync<OAuthGrant>(all => all.Active()
        .Where(grant => grant.AppId == pair.App.Id && grant.OwnerId == pair.User.Id));

    private static string? CodeIn(Uri sent) => System.Web.HttpUtility.ParseQueryString(sent.Query)["code"];

    private string[] SomeScopes() => [.. _chance.GetItems(All, _chance.Next(1, All.Length)).Distinct().Order()];

    private T Any<T>(IReadOnlyList<T> all) => all[_chance.Next(all.Count)];

    // Mostly the newest, or nearly everything would be a replay.
    private Held Newest(List<Held> all) =>
        _chance.Next(4) == 0 && all.FindAll(held => held.IsUsed) is { Count: > 0 } used ? Any(used) : all[^1];

    private void Count(string what) => _done[what] = _done.GetValueOrDefault(what) + 1;
}
