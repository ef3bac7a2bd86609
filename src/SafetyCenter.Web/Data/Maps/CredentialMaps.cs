using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data.Maps;

/// <summary>
/// The table of credentials. What is written often (last use) touches no index: the scan's index holds the quiet
/// <em>day</em>, so that a second use on the same day stays a heap-only update, for which pages keep some room.
/// </summary>
internal sealed class CredentialMap : IEntityTypeConfiguration<Credential>
{
    private const string QuietSince = "greatest(coalesce(last_used_at, created_at), tracked_since)";

    public void Configure(EntityTypeBuilder<Credential> builder)
    {
        builder.ToTable("credentials").HasStorageParameter("fillfactor", 85);
        builder.HasDiscriminator<string>("kind")
            .HasValue<ApiKey>("api_key")
            .HasValue<ApplicationKey>("application_key");
        builder.HasOne<Organization>().WithMany().HasForeignKey(credential => credential.OrganizationId);
        builder.HasIndex(credential => credential.Hash).IsUnique();
        builder.HasIndex("OrganizationId", "kind", "Name")
            .IsUnique()
            .HasFilter("revoked_at IS NULL AND kind = 'api_key'")
            .HasDatabaseName("ux_credentials_active_api_key_name");
        builder.HasIndex(credential => new { credential.OrganizationId, credential.CreatedAt, credential.Id });
        builder.Property(credential => credential.QuietSince)
            .HasComputedColumnSql(QuietSince, stored: true);
        builder.Property(credential => credential.QuietOn)
            .HasComputedColumnSql($"(({QuietSince}) AT TIME ZONE 'UTC')::date", stored: true);
        builder.HasIndex(credential => credential.QuietOn)
            .IncludeProperties(credential => new { credential.Id, credential.OrganizationId })
            .HasFilter("revoked_at IS NULL");
    }
}

internal sealed class ApplicationKeyMap : IEntityTypeConfiguration<ApplicationKey>
{
    public void Configure(EntityTypeBuilder<ApplicationKey> builder) =>
        builder.HasOne<User>().WithMany().HasForeignKey(key => key.OwnerId);
}

internal sealed class UsageMap : IEntityTypeConfiguration<Usage>
{
    public void Configure(EntityTypeBuilder<Usage> builder)
    {
        builder.ToTable("usage");
        builder.HasKey(usage => new { usage.CredentialId, usage.Day, usage.Address, usage.Client });
        builder.HasOne<Credential>().WithMany().HasForeignKey(usage => usage.CredentialId);
    }
}

internal sealed class OAuthAppMap : IEntityTypeConfiguration<OAuthApp>
{
    public void Configure(EntityTypeBuilder<OAuthApp> builder)
    {
        builder.ToTable("oauth_apps");
        builder.HasOne<Organization>().WithMany().HasForeignKey(app => app.OrganizationId);
        builder.HasMany(app => app.Grants).WithOne().HasForeignKey(grant => grant.AppId);
        builder.Navigation(app => app.Grants).HasField("_grants").UsePropertyAccessMode(PropertyAccessMode.Field);
    }
}

internal sealed class OAuthGrantMap : IEntityTypeConfiguration<OAuthGrant>
{
    public void Configure(EntityTypeBuilder<OAuthGrant> builder)
    {
        builder.ToTable("oauth_grants");
        builder.HasOne<User>().WithMany().HasForeignKey(grant => grant.UserId);
    }
}
