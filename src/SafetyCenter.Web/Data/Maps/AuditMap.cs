using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Core.Audit;
using SafetyCenter.Core.Organizations;

namespace SafetyCenter.Web.Data.Maps;

/// <summary>The audit trail; the migration CompleteCredentials makes it append-only.</summary>
internal sealed class AuditMap : IEntityTypeConfiguration<AuditEvent>
{
    public void Configure(EntityTypeBuilder<AuditEvent> builder)
    {
        builder.ToTable("audit_events");
        builder.HasOne<Organization>().WithMany().HasForeignKey(row => row.OrganizationId);
        builder.HasIndex(row => new { row.OrganizationId, row.At, row.Id });
        builder.HasIndex(row => new { row.OrganizationId, row.AssetId, row.At });
        builder.HasIndex(row => new { row.OrganizationId, row.ActorId, row.At });
        builder.Property(row => row.Changes).HasColumnType("jsonb");
    }
}

/// <summary>How many credentials of each kind an organization has active; kept by triggers, so that nobody counts.</summary>
internal sealed class CredentialCountMap : IEntityTypeConfiguration<CredentialCount>
{
    public void Configure(EntityTypeBuilder<CredentialCount> builder)
    {
        builder.ToTable("credential_counts");
        builder.HasKey(count => new { count.OrganizationId, count.Kind });
    }
}
