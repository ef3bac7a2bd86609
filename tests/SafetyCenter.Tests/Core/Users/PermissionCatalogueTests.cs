using SafetyCenter.Core;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Tests.Core.Users;

/// <summary>Datadog's catalogue, and what an operator may add to it.</summary>
public sealed class PermissionCatalogueTests
{
    private const string Own = """
        {"id": "4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11", "name": "billing_export", "display_name": "Billing Export",
         "group_name": "Acme", "display_type": "write", "default_role": "Standard", "restricted": false}
        """;

    [Fact]
    public void The_catalogue_has_datadogs_order_and_ten_restricted_permissions()
    {
        Assert.Equal(300, PermissionCatalogue.All.Count);
        Assert.Equal("admin", PermissionCatalogue.All[0].Name);
        Assert.Equal(("logs_live_tail", false), (PermissionCatalogue.All[4].Name, PermissionCatalogue.All[4].Restricted));
        Assert.True(PermissionCatalogue.IsGrantable("logs_live_tail"));
        Assert.Equal(10, PermissionCatalogue.Restricted.Count);
        Assert.Contains("apm_read", PermissionCatalogue.Restricted);
        Assert.Equal(
            new DateTimeOffset(2018, 10, 19, 15, 35, 23, TimeSpan.Zero),
            PermissionCatalogue.All[0].CreatedAt!.Value,
            TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void An_operators_permission_comes_last_and_belongs_to_its_role_and_every_higher_one()
    {
        var all = OwnPermissions.AddTo(PermissionCatalogue.All, $"[{Own}]");
        Assert.Equal(("billing_export", null), (all[^1].Name, all[^1].CreatedAt));
        Assert.Equal(301, all.Count);
        Assert.Equal(
            [false, true, true],
            new[] { 0, 1, 2 }.Select(rank => PermissionCatalogue.OfManagedRole(rank, all).Contains("billing_export")));
    }

    [Theory]
    [InlineData("{}", "no list of permissions")]
    [InlineData("[1]", "no list of permissions")]
    [InlineData("null", "must be a list")]
    [InlineData("[null]", "must be a list")]
    [InlineData("[{}]", "the name “”")]
    [InlineData("billing_export", "Billing Export!", "the name “Billing Export!”")]
    [InlineData("4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11", "00000000-0000-0000-0000-000000000000", "needs an id")]
    [InlineData("4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11", "984a2bd4-d3b4-11e8-a1ff-a7f660d43029", "is there already")]
    [InlineData("4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11", "seven", "no list of permissions")]
    [InlineData("billing_export", "api_keys_read", "“api_keys_read” is there already")]
    [InlineData("billing_export", "user_access_read", "“user_access_read” is there already")]
    [InlineData("billing_export", "metrics_read", "“metrics_read” is there already")]
    [InlineData("\"write\"", "\"both\"", "the display_type of “billing_export”")]
    [InlineData("\"Standard\"", "\"Root\"", "the default_role of “billing_export”")]
    [InlineData("\"Acme\"", "\" \"", "The group_name of “billing_export” cannot be blank")]
    [InlineData("\"Billing Export\"", "null", "The display_name of “billing_export” cannot be blank")]
    public void What_cannot_be_is_named(string changed, string into, string? sentence = null)
    {
        var json = sentence is null ? changed : $"[{Own.Replace(changed, into)}]";
        var refused = Assert.Throws<RefusedException>(() => OwnPermissions.AddTo(PermissionCatalogue.All, json));
        Assert.Contains(sentence ?? into, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_permission_twice_is_refused()
    {
        var other = Own.Replace("4b0c7e1c", "4b0c7e1d");
        Assert.Contains(
            "the name “billing_export” is there already",
            Assert.Throws<RefusedException>(() => OwnPermissions.AddTo(PermissionCatalogue.All, $"[{Own}, {other}]")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "4b0c7e1c-9f1e-4d43-8f1e-0b6a3d3c9a11, is there already",
            Assert.Throws<RefusedException>(() => OwnPermissions.AddTo(
                PermissionCatalogue.All, $"[{Own}, {Own.Replace("billing_export", "billing_import")}]")).Message,
            StringComparison.Ordinal);
    }
}
