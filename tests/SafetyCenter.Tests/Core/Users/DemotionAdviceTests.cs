using SafetyCenter.Core;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Tests.Core.Users;

/// <summary>Who should stop being an admin first, and why.</summary>
public sealed class DemotionAdviceTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Id<Organization> Acme = Id<Organization>.New(Now);

    [Theory]
    [InlineData(2, 11, 10, 1)]
    [InlineData(1, 10, 10, 0)]
    [InlineData(5, 20, 10, 3)]
    [InlineData(2, 5, 10, 1)]
    [InlineData(1, 1, 10, 0)]
    [InlineData(3, 3, 100, 0)]
    public void The_surplus_is_what_exceeds_the_share_and_leaves_one(int admins, int people, int percent, int surplus) =>
        Assert.Equal(surplus, DemotionAdvice.Surplus(admins, people, percent));

    [Fact]
    public void Who_does_least_comes_first_then_who_is_away_longest_and_who_asks_comes_last()
    {
        var busy = Admin("busy", daysAway: 200);
        var idleHere = Admin("idle-here", daysAway: 1);
        var idleAway = Admin("idle-away", daysAway: 80);
        var never = Admin("never", daysAway: null);
        var self = Admin("self", daysAway: null);
        var advice = DemotionAdvice.For(
            [Row(busy, 4), Row(self), Row(idleHere), Row(never), Row(idleAway)], surplus: 3, self.Id, Now);
        Assert.Equal(
            ["never", "idle-away", "idle-here", "busy", "self"], advice.Select(row => row.Admin.Email.Split('@')[0]));
        Assert.Equal([true, true, true, false, false], advice.Select(row => row.IsProposed));
        Assert.Equal("nothing that needs an admin in 90 days; has never signed in.", advice[0].Reason);
        Assert.Equal("nothing that needs an admin in 90 days; last signed in 80 days ago.", advice[1].Reason);
        Assert.Equal("API key created 4×; last signed in 200 days ago.", advice[3].Reason);
        Assert.True(advice[4].IsSelf);
    }

    [Fact]
    public void Who_asks_is_not_proposed_even_when_everybody_is_too_many()
    {
        var (one, self) = (Admin("one", 1), Admin("self", 1));
        var advice = DemotionAdvice.For([Row(one), Row(self)], surplus: 2, self.Id, Now);
        Assert.Equal([true, false], advice.Select(row => row.IsProposed));
    }

    [Fact]
    public void A_demotion_can_be_undone_for_seven_days_and_gives_back_what_still_exists()
    {
        var roles = Role.ManagedFor(Acme, Now);
        var admin = Admin("dora", 1, roles[2]);
        var demotion = new Demotion(admin, roles[1], Id<User>.New(Now), Now);
        Assert.Equal([Role.StandardName], admin.Roles.Select(role => role.Name));
        Assert.Throws<RefusedException>(() => new Demotion(admin, roles[1], Id<User>.New(Now), Now));
        Assert.Throws<RefusedException>(() => demotion.Undo(admin, roles, Now.AddDays(7)));
        Assert.Throws<RefusedException>(() => demotion.Undo(admin, [roles[0]], Now));
        demotion.Undo(admin, roles, Now.AddDays(7).AddTicks(-1));
        Assert.Equal([Role.AdminName], admin.Roles.Select(role => role.Name));
        Assert.NotNull(demotion.UndoneAt);
    }

    [Fact]
    public void A_demotion_leaves_other_roles_alone_and_so_does_undoing_it()
    {
        var roles = Role.ManagedFor(Acme, Now);
        var admin = Admin("dora", 1, roles[0], roles[2]);
        var demotion = new Demotion(admin, roles[1], Id<User>.New(Now), Now);
        Assert.Equal([Role.ReadOnlyName], admin.Roles.Select(role => role.Name));
        demotion.Undo(admin, roles, Now);
        Assert.Equal([Role.AdminName, Role.ReadOnlyName], admin.Roles.Select(role => role.Name).Order());
    }

    private static (User, IReadOnlyList<AdminDeed>) Row(User admin, int deeds = 0) =>
        (admin, deeds == 0 ? [] : [new AdminDeed("API key created", deeds, Now)]);

    private static User Admin(string name, int? daysAway, params Role[] roles)
    {
        var admin = new User(Acme, $"{name}@acme.example", name: null, roles, Now.AddDays(-300));
        admin.Join(Guid.NewGuid(), name: null);
        if (daysAway is { } days)
        {
            admin.SignedIn(Now.AddDays(-days));
        }

        return admin;
    }
}
