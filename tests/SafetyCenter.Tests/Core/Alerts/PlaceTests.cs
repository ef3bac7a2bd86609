using SafetyCenter.Core.Alerts;

namespace SafetyCenter.Tests.Core.Alerts;

/// <summary>One place, one text: a link where one can be made, words otherwise.</summary>
public sealed class PlaceTests
{
    private const string App = "https://github.com/acme/app";
    private const string Own = "https://gitlab.acme.example:8443/t/app";
    private const string Commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

    [Theory]
    [InlineData(App, "src/a b.env", 3, App + "/blob/" + Commit + "/src/a%20b.env#L3")]
    [InlineData("https://github.com/acme/app.git", "./.env", null, App + "/blob/" + Commit + "/.env")]
    [InlineData("https://x:token@github.com/acme/app", "a", 1, App + "/blob/" + Commit + "/a#L1")]
    [InlineData("https://gitlab.com/acme/team/app/", "a#b", 7, "https://gitlab.com/acme/team/app/-/blob/" + Commit + "/a%23b#L7")]
    [InlineData(Own, "a", 2, Own + "/-/blob/" + Commit + "/a#L2")]
    [InlineData("http://github.com/acme/app", "a", 1, "a, line 1, commit " + Commit + " in http://github.com/acme/app")]
    [InlineData("https://github.com/acme", "a", 1, "a, line 1, commit " + Commit + " in https://github.com/acme")]
    [InlineData("https://git.acme.example/app", "a", 1, "a, line 1, commit " + Commit + " in https://git.acme.example/app")]
    [InlineData(App, "../a", 1, "../a, line 1, commit " + Commit + " in https://github.com/acme/app")]
    [InlineData(App, "/home/ann/a", 1, "/home/ann/a, line 1, commit " + Commit + " in https://github.com/acme/app")]
    public void A_line_of_a_commit_on_GitHub_or_GitLab_is_a_link_and_no_other_is(
        string repository, string path, int? line, string place) =>
        Assert.Equal(place, Place.Of(repository, path, line, Commit));

    [Theory]
    [InlineData(null, ".env", 3, null, ".env, line 3")]
    [InlineData(null, ".env", null, null, ".env")]
    [InlineData(null, ".env", 0, "", ".env")]
    [InlineData(App, ".env", 3, null, ".env, line 3 in https://github.com/acme/app")]
    [InlineData(App, ".env", 3, "main", ".env, line 3, commit main in https://github.com/acme/app")]
    [InlineData("https://ann:pass@git.acme.example/app", null, null, null, "https://git.acme.example/app")]
    [InlineData("app", null, null, "abc1234", "commit abc1234 in app")]
    [InlineData(null, "a\0b", null, null, "a\uFFFDb")]
    [InlineData(null, null, null, null, "")]
    public void What_is_not_known_is_not_said(string? repository, string? path, int? line, string? commit, string place) =>
        Assert.Equal(place, Place.Of(repository, path, line, commit));

    [Fact]
    public void A_place_is_cut_between_characters_where_it_is_too_long()
    {
        var place = Place.Of(null, new string('a', Occurrence.PlaceLengthMax - 1) + "😀", null, null);
        Assert.Equal(new string('a', Occurrence.PlaceLengthMax - 1), place);
    }
}
