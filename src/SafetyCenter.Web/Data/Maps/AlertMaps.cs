using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using SafetyCenter.Core.Alerts;
using SafetyCenter.Core.Findings;
using SafetyCenter.Core.Organizations;
using SafetyCenter.Web.Emails;
using SafetyCenter.Web.Findings;

namespace SafetyCenter.Web.Data.Maps;

internal sealed class AlertMap : IEntityTypeConfiguration<Alert>
{
    public void Configure(EntityTypeBuilder<Alert> builder)
    {
        builder.HasOne(alert => alert.Credential).WithMany().HasForeignKey(alert => alert.CredentialId);
        builder.HasOne<LeakReport>().WithMany().HasForeignKey(alert => alert.RaisedByReportId);
        builder.HasIndex(alert => alert.CredentialId).IsUnique();
        builder.HasIndex(alert => new { alert.OrganizationId, alert.RaisedAt });
    }
}

internal sealed class OccurrenceMap : IEntityTypeConfiguration<Occurrence>
{
    public void Configure(EntityTypeBuilder<Occurrence> builder)
    {
        builder.HasOne<Alert>().WithMany().HasForeignKey(occurrence => occurrence.AlertId);
        builder.HasIndex(occurrence => new { occurrence.AlertId, occurrence.PlaceDigest }).IsUnique();
        builder.Ignore(occurrence => occurrence.Link);
    }
}

internal sealed class LeakReportMap : IEntityTypeConfiguration<LeakReport>
{
    public void Configure(EntityTypeBuilder<LeakReport> builder)
    {
        builder.HasIndex(report => new { report.Reporter, report.BodyHash }).IsUnique();
        builder.HasIndex(report => report.ReceivedAt);
    }
}

internal sealed class FindingMap : IEntityTypeConfiguration<Finding>
{
    public void Configure(EntityTypeBuilder<Finding> builder)
    {
        builder.HasOne<Organization>().WithMany().HasForeignKey(finding => finding.OrganizationId);
        builder.HasIndex(finding => new { finding.Rule, finding.SubjectId })
            .IsUnique()
            .HasFilter("cleared_at IS NULL")
            .HasDatabaseName("ux_findings_open");
        builder.HasIndex(finding => new { finding.Rule, finding.SubjectId, finding.Generation }).IsUnique();
        builder.HasIndex(finding => new { finding.OrganizationId, finding.Rule, finding.Since })
            .HasFilter("cleared_at IS NULL");
    }
}

internal sealed class ScanRunMap : IEntityTypeConfiguration<ScanRun>
{
    public void Configure(EntityTypeBuilder<ScanRun> builder) =>
        builder.HasIndex(run => new { run.OrganizationId, run.StartedAt });
}

internal sealed class EmailMap : IEntityTypeConfiguration<Email>
{
    public void Configure(EntityTypeBuilder<Email> builder)
    {
        builder.HasOne<Organization>().WithMany().HasForeignKey(email => email.OrganizationId);
        builder.HasIndex(email => new { email.EventKey, email.Recipient }).IsUnique();
        builder.HasIndex(email => email.NextAttemptAt).HasFilter("next_attempt_at IS NOT NULL");
        builder.HasIndex(email => new { email.OrganizationId, email.Recipient, email.SentAt });
    }
}
