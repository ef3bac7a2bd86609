using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Core.Credentials;
using SafetyCenter.Core.OAuth;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Core.Users;

namespace SafetyCenter.Web.Data.Maps;

internal sealed class OAuthClientMap : IEntityTypeConfiguration<OAuthClient>
{
    public void Configure(EntityTypeBuilder<OAuthClient> builder)
    {
        builder.ToTable("oauth_clients");
        builder.HasOne<Organization>().WithMany().HasForeignKey(client => client.OrganizationId);
        builder.HasOne<User>().WithMany().HasForeignKey(client => client.ActsAs);

        // Registrations of nobody: counted when one more comes, and swept by age.
        builder.HasIndex(client => client.CreatedAt)
            .HasFilter("organization_id IS NULL")
            .HasDatabaseName("ix_oauth_clients_dynamic");
        builder.HasIndex(client => client.Fingerprint);
    }
}

internal sealed class OAuthLogoMap : IEntityTypeConfiguration<OAuthLogo>
{
    public void Configure(EntityTypeBuilder<OAuthLogo> builder)
    {
        builder.ToTable("oauth_logos");
        builder.HasKey(logo => logo.ClientId);
        builder.HasOne<OAuthClient>().WithOne().HasForeignKey<OAuthLogo>(logo => logo.ClientId);
    }
}

internal sealed class OAuthAppMap : IEntityTypeConfiguration<OAuthApp>
{
    public void Configure(EntityTypeBuilder<OAuthApp> builder)
    {
        builder.ToTable("oauth_apps");
        builder.HasOne<Organization>().WithMany().HasForeignKey(app => app.OrganizationId);
        builder.HasOne(app => app.Client).WithMany().HasForeignKey(app => app.ClientId);
        builder.Navigation(app => app.Client).AutoInclude();
        builder.HasMany(app => app.Grants).WithOne().HasForeignKey(grant => grant.AppId);
        builder.Navigation(app => app.Grants).HasField("_grants").UsePropertyAccessMode(PropertyAccessMode.Field);
        builder.HasIndex(app => new { app.OrganizationId, app.ClientId })
            .IsUnique()
            .HasFilter("deleted_at IS NULL")
            .HasDatabaseName("ux_oauth_apps_client");
    }
}

internal sealed class OAuthGrantMap : IEntityTypeConfiguration<OAuthGrant>
{
    public void Configure(EntityTypeBuilder<OAuthGrant> builder)
    {
        builder.Property(grant => grant.AppId).HasColumnName("app_id");
        builder.Ignore(grant => grant.AuthorizedAt);

        // At most one live grant of a user.
        builder.HasIndex(grant => new { grant.AppId, grant.OwnerId })
            .IsUnique()
            .HasFilter("revoked_at IS NULL AND kind = 'oauth_grant'")
            .HasDatabaseName("ux_credentials_live_grant");
    }
}

internal sealed class OAuthClientSecretMap : IEntityTypeConfiguration<OAuthClientSecret>
{
    public void Configure(EntityTypeBuilder<OAuthClientSecret> builder)
    {
        builder.Property(secret => secret.AppId).HasColumnName("app_id");
        builder.HasOne<OAuthApp>().WithMany().HasForeignKey(secret => secret.AppId);
    }
}

internal sealed class OAuthCodeMap : IEntityTypeConfiguration<OAuthCode>
{
    public void Configure(EntityTypeBuilder<OAuthCode> builder)
    {
        builder.ToTable("oauth_codes");
        builder.HasOne<OAuthGrant>().WithMany().HasForeignKey(code => code.GrantId);
        builder.HasIndex(code => code.Hash).IsUnique();
        builder.HasIndex(code => code.IssuedAt);
    }
}

internal sealed class OAuthTokenMap : IEntityTypeConfiguration<OAuthToken>
{
    public void Configure(EntityTypeBuilder<OAuthToken> builder)
    {
        builder.ToTable("oauth_tokens");
        builder.HasOne<OAuthGrant>().WithMany().HasForeignKey(token => token.GrantId);
        builder.HasIndex(token => token.Hash).IsUnique();
        builder.HasIndex(token => token.ExpiresAt);
    }
}

internal sealed class RetiredTokenMap : IEntityTypeConfiguration<RetiredToken>
{
    public void Configure(EntityTypeBuilder<RetiredToken> builder)
    {
        builder.ToTable("retired_tokens");
        builder.HasKey(token => token.Hash);
    }
}
