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
        builder.HasIndex(alert => alert.RevokeAt).HasFilter("revoke_at IS NOT NULL");
        builder.HasIndex(alert => alert.SnoozedUntil).HasFilter("snoozed_until IS NOT NULL");
        builder.HasIndex(alert => alert.DueAt).HasFilter("due_at IS NOT NULL AND overdue_told < 3");
        builder.HasMany(alert => alert.Events).WithOne().HasForeignKey(happened => happened.AlertId);
        builder.Navigation(alert => alert.Events).HasField("_events").UsePropertyAccessMode(PropertyAccessMode.Field);
    }
}

internal sealed class AlertEventMap : IEntityTypeConfiguration<AlertEvent>
{
    public void Configure(EntityTypeBuilder<AlertEvent> builder)
    {
        builder.ToTable("alert_events");
        builder.Property(happened => happened.Number).UseIdentityAlwaysColumn();
        builder.HasIndex(happened => new { happened.AlertId, happened.Number });
        builder.HasIndex(happened => happened.ReportId).HasFilter("report_id IS NOT NULL");
    }
}

internal sealed class UnmatchedSecretMap : IEntityTypeConfiguration<UnmatchedSecret>
{
    public void Configure(EntityTypeBuilder<UnmatchedSecret> builder)
    {
        builder.ToTable("unmatched_secrets");
        builder.HasKey(secret => secret.Hash);
        builder.HasIndex(secret => secret.LastSeenAt);
    }
}

internal sealed class LeakReporterMap : IEntityTypeConfiguration<LeakReporter>
{
    public void Configure(EntityTypeBuilder<LeakReporter> builder)
    {
        builder.ToTable("leak_reporters");
        builder.HasOne<Organization>().WithMany().HasForeignKey(reporter => reporter.OrganizationId);
        builder.HasIndex(reporter => reporter.Hash).IsUnique();
    }
}

internal sealed class WatchedRepositoryMap : IEntityTypeConfiguration<WatchedRepository>
{
    public void Configure(EntityTypeBuilder<WatchedRepository> builder)
    {
        builder.ToTable("watched_repositories");
        builder.HasOne<Organization>().WithMany().HasForeignKey(repository => repository.OrganizationId);
        builder.HasIndex(repository => new { repository.OrganizationId, repository.Url })
            .IsUnique()
            .HasFilter("deleted_at IS NULL");
        builder.HasIndex(repository => repository.DueAt).HasFilter("deleted_at IS NULL");
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
        builder.Property(report => report.SourceName).HasDefaultValue("");
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
