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
            .HasValue<ApplicationKey>("application_key")
            .HasValue<ClientToken>("client_token")
            .HasValue<PersonalAccessToken>("personal_access_token")
            .HasValue<ServiceAccessToken>("service_access_token")
            .HasValue<OAuthGrant>("oauth_grant")
            .HasValue<OAuthClientSecret>("oauth_client_secret");
        builder.HasOne<Organization>().WithMany().HasForeignKey(credential => credential.OrganizationId);
        builder.HasIndex(credential => credential.Hash).IsUnique();
        builder.HasIndex("OrganizationId", "kind", "Name")
            .IsUnique()
            .HasFilter("revoked_at IS NULL AND kind IN ('api_key', 'client_token')")
            .HasDatabaseName("ux_credentials_active_name");
        builder.HasIndex("OrganizationId", "kind", "Name", "Id")
            .HasFilter("revoked_at IS NULL")
            .HasDatabaseName("ix_credentials_active_by_name");
        builder.HasIndex("OrganizationId", "kind", "CreatedAt", "Id")
            .HasFilter("revoked_at IS NULL")
            .HasDatabaseName("ix_credentials_active_by_age");
        builder.HasIndex("OrganizationId", "kind", "RevokedAt", "Id")
            .HasFilter("revoked_at IS NOT NULL")
            .HasDatabaseName("ix_credentials_revoked");
        builder.HasIndex(credential => credential.ExpiresAt)
            .HasFilter("revoked_at IS NULL AND expires_at IS NOT NULL");
        builder.HasIndex(credential => credential.RetireAt)
            .HasFilter("revoked_at IS NULL AND retire_at IS NOT NULL");
        builder.HasOne<Credential>().WithMany().HasForeignKey(credential => credential.ReplacedBy);
        builder.Property(credential => credential.RetiresWhenSilent).HasDefaultValue(false);
        builder.Property(credential => credential.QuietSince)
            .HasComputedColumnSql(QuietSince, stored: true);
        builder.Property(credential => credential.QuietOn)
            .HasComputedColumnSql($"(({QuietSince}) AT TIME ZONE 'UTC')::date", stored: true);
        builder.HasIndex(credential => credential.QuietOn)
            .IncludeProperties(credential => new { credential.Id, credential.OrganizationId })
            .HasFilter("revoked_at IS NULL");
    }
}

internal sealed class OwnedCredentialMap : IEntityTypeConfiguration<OwnedCredential>
{
    public void Configure(EntityTypeBuilder<OwnedCredential> builder) =>
        builder.HasOne<User>().WithMany().HasForeignKey(credential => credential.OwnerId);
}

internal sealed class TestRevocationMap : IEntityTypeConfiguration<TestRevocation>
{
    public void Configure(EntityTypeBuilder<TestRevocation> builder)
    {
        builder.ToTable("test_revocations");
        builder.HasOne<Credential>().WithMany().HasForeignKey(test => test.CredentialId);
        builder.HasIndex(test => new { test.CredentialId, test.StartedAt });
    }
}

internal sealed class RefusedCallMap : IEntityTypeConfiguration<RefusedCall>
{
    public void Configure(EntityTypeBuilder<RefusedCall> builder)
    {
        builder.ToTable("refused_calls");
        builder.HasKey(call => new { call.TestId, call.Address, call.Client, call.Service });
        builder.HasOne<TestRevocation>().WithMany().HasForeignKey(call => call.TestId);
    }
}

internal sealed class ScopeUseMap : IEntityTypeConfiguration<ScopeUse>
{
    public void Configure(EntityTypeBuilder<ScopeUse> builder)
    {
        builder.ToTable("scope_uses");
        builder.HasKey(use => new { use.CredentialId, use.Scope });
        builder.HasOne<Credential>().WithMany().HasForeignKey(use => use.CredentialId);
    }
}

internal sealed class UsageMap : IEntityTypeConfiguration<Usage>
{
    public void Configure(EntityTypeBuilder<Usage> builder)
    {
        builder.ToTable("usage");
        builder.HasKey(usage => new { usage.CredentialId, usage.Day, usage.Address, usage.Client, usage.Service });
        builder.HasOne<Credential>().WithMany().HasForeignKey(usage => usage.CredentialId);
    }
}
