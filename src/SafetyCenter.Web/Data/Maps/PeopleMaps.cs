using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;
using SafetyCenter.Web.Identity;

namespace SafetyCenter.Web.Data.Maps;

internal sealed class OrganizationMap : IEntityTypeConfiguration<Organization>
{
    private static readonly JsonSerializerOptions WordsForEnums = new() { Converters = { new JsonStringEnumConverter() } };

    public void Configure(EntityTypeBuilder<Organization> builder)
    {
        builder.HasIndex(organization => organization.Slug).IsUnique();
        builder.ComplexProperty(organization => organization.Thresholds);
        builder.ComplexProperty(organization => organization.Policies);
        builder.Property(organization => organization.PoliciesSetAt)
            .HasColumnType("jsonb")
            .HasDefaultValueSql("'{}'")
            .HasConversion(
                times => JsonSerializer.Serialize(times, JsonSerializerOptions.Default),
                json => JsonSerializer.Deserialize<Dictionary<string, DateTimeOffset>>(json, JsonSerializerOptions.Default)!,
                new ValueComparer<IReadOnlyDictionary<string, DateTimeOffset>>(
                    (left, right) => ReferenceEquals(left, right),
                    times => times.Count,
                    times => times));
        builder.Property(organization => organization.LeakRules)
            .HasColumnType("jsonb")
            .HasDefaultValueSql("'{}'")
            .HasConversion(
                rules => JsonSerializer.Serialize(rules, WordsForEnums),
                json => JsonSerializer.Deserialize<LeakRules>(json, WordsForEnums)!);
        builder.Ignore(organization => organization.PrimaryContact);
        builder.Ignore(organization => organization.SecondaryContact);
        builder.Ignore(organization => organization.ContactsDueAt);
        builder.HasMany(organization => organization.Contacts).WithOne()
            .HasForeignKey(contact => contact.OrganizationId);
        builder.Navigation(organization => organization.Contacts).HasField("_contacts")
            .UsePropertyAccessMode(PropertyAccessMode.Field);
    }
}

internal sealed class SecurityContactMap : IEntityTypeConfiguration<SecurityContact>
{
    public void Configure(EntityTypeBuilder<SecurityContact> builder) =>
        builder.HasIndex(contact => new { contact.OrganizationId, contact.Email }).IsUnique();
}

internal sealed class UserMap : IEntityTypeConfiguration<User>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users");
        builder.HasOne<Organization>().WithMany().HasForeignKey(user => user.OrganizationId);
        builder.HasOne<Login>().WithMany().HasForeignKey(user => user.LoginId);
        // A service account's address is only where to write about it.
        builder.HasIndex(user => new { user.OrganizationId, user.Email })
            .IsUnique()
            .HasFilter("NOT is_service_account");
        builder.HasMany(user => user.Roles).WithMany().UsingEntity("user_roles");
        builder.Navigation(user => user.Roles).HasField("_roles").UsePropertyAccessMode(PropertyAccessMode.Field);
    }
}

internal sealed class RoleMap : IEntityTypeConfiguration<Role>
{
    public void Configure(EntityTypeBuilder<Role> builder)
    {
        builder.HasOne<Organization>().WithMany().HasForeignKey(role => role.OrganizationId);
        builder.HasIndex(role => new { role.OrganizationId, role.Name }).IsUnique();
    }
}

internal sealed class InviteMap : IEntityTypeConfiguration<Invite>
{
    public void Configure(EntityTypeBuilder<Invite> builder)
    {
        builder.HasOne<Organization>().WithMany().HasForeignKey(invite => invite.OrganizationId);
        builder.HasOne(invite => invite.User).WithMany().HasForeignKey(invite => invite.UserId);
        builder.HasIndex(invite => new { invite.UserId, invite.SentAt });
        builder.HasIndex(invite => new { invite.OrganizationId, invite.SentAt })
            .HasFilter("accepted_at IS NULL AND withdrawn_at IS NULL");
    }
}

internal sealed class DemotionMap : IEntityTypeConfiguration<Demotion>
{
    public void Configure(EntityTypeBuilder<Demotion> builder)
    {
        builder.HasOne<Organization>().WithMany().HasForeignKey(demotion => demotion.OrganizationId);
        builder.HasOne<User>().WithMany().HasForeignKey(demotion => demotion.UserId);
        builder.HasIndex(demotion => new { demotion.OrganizationId, demotion.At });
    }
}
