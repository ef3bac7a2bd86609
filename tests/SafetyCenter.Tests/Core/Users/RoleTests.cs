using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Tests.Core.Users;

/// <summary>What a role may grant, what it is called, and what nobody can change.</summary>
public sealed class RoleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly Id<Organization> Acme = Id<Organization>.New(Now);

    [Fact]
    public void A_new_role_grants_the_restricted_permissions_too_unless_its_maker_says_no()
    {
        var usual = Role.Custom(Acme, " On call ", ["api_keys_read"], addRestricted: true, [], Now);
        Assert.Equal(("On call", 11), (usual.Name, usual.Permissions.Length));
        Assert.Contains("slos_read", usual.Permissions);
        Assert.Null(usual.ModifiedAt);
        var minimal = Role.Custom(Acme, "Minimal", ["api_keys_read"], addRestricted: false, [], Now);
        Assert.Equal(["api_keys_read"], minimal.Permissions);
    }

    [Theory]
    [InlineData("metrics_read")]
    [InlineData("Api_keys_read")]
    [InlineData("dance")]
    public void Scopes_that_are_no_permission_and_words_that_are_none_cannot_be_granted(string name)
    {
        var refused = Assert.Throws<RefusedException>(() => Custom().SetPermissions([name], Now));
        Assert.Equal((Refusal.Invalid, $"There is no permission “{name}”."), (refused.Refusal, refused.Message));
    }

    [Fact]
    public void The_three_permissions_that_are_not_published_can_be_granted()
    {
        var role = Custom();
        string[] unlisted = ["org_authorized_apps_read", "org_authorized_apps_write", "user_access_read"];
        role.SetPermissions(unlisted, Now);
        Assert.Equal(unlisted, role.Permissions);
    }

    [Fact]
    public void What_the_catalogue_no_longer_knows_stays_and_cannot_be_granted_anew()
    {
        var role = new Role(Acme, "Old", ["acme_gone", "api_keys_read"], managed: false, Now);
        role.SetPermissions(["api_keys_write"], Now);
        Assert.Equal(["acme_gone", "api_keys_write"], role.Permissions);
        Assert.Equal(role.Permissions, role.Clone("New", [], Now).Permissions);
        Assert.Throws<RefusedException>(() => Custom().SetPermissions(["acme_gone"], Now));
    }

    [Fact]
    public void Nobody_changes_a_managed_role_but_everybody_may_clone_it()
    {
        var standard = Role.ManagedFor(Acme, Now)[1];
        foreach (var change in new Action[]
        {
            () => standard.Rename("Mine", Now),
            () => standard.SetPermissions([], Now),
            () => standard.ReceivePermissionsFrom([Role.AdminName], Now),
        })
        {
            Assert.Equal(Refusal.Forbidden, Assert.Throws<RefusedException>(change).Refusal);
        }

        var clone = standard.Clone("Mine", [Role.StandardName], Now);
        Assert.False(clone.Managed);
        Assert.Equal(standard.Permissions, clone.Permissions);
        Assert.Equal([Role.StandardName], clone.ReceivesPermissionsFrom);
        var nobody = Assert.Throws<RefusedException>(() => standard.Clone("Mine", ["On call"], Now));
        Assert.Equal("“On call” is no managed role.", nobody.Message);
    }

    [Fact]
    public void Saving_what_is_there_already_is_no_change()
    {
        var role = Role.Custom(Acme, "Same", ["api_keys_write", "api_keys_read"], addRestricted: false, [], Now);
        role.Rename("Same", Now.AddDays(1));
        role.SetPermissions(["api_keys_read", "api_keys_write", "api_keys_read"], Now.AddDays(1));
        role.ReceivePermissionsFrom([], Now.AddDays(1));
        Assert.Null(role.ModifiedAt);
        role.Rename("Other", Now.AddDays(1));
        Assert.Equal(Now.AddDays(1), role.ModifiedAt);
    }

    private static Role Custom() => Role.Custom(Acme, "On call", [], addRestricted: false, [], Now);
}
