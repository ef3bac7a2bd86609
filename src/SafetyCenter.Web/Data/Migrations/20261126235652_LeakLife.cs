using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace SafetyCenter.Web.Data.Migrations
{
    /// <inheritdoc />
    public partial class LeakLife : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "leak_rules",
                table: "organizations",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<bool>(
                name: "is_public",
                table: "occurrences",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "report_id",
                table: "occurrences",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "channel",
                table: "leak_reports",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<Guid>(
                name: "organization_id",
                table: "leak_reports",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "source_name",
                table: "leak_reports",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<Guid>(
                name: "assignee_id",
                table: "alerts",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "dismissed_as",
                table: "alerts",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "dismissed_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "dismissed_by",
                table: "alerts",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "due_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "is_public",
                table: "alerts",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "overdue_told",
                table: "alerts",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "overdue_told_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "revoke_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "seen_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "seen_by",
                table: "alerts",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "severity",
                table: "alerts",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "snoozed_until",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "steps_done",
                table: "alerts",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "alert_events",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    alert_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    by = table.Column<Guid>(type: "uuid", nullable: true),
                    assignee = table.Column<Guid>(type: "uuid", nullable: true),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    resolution = table.Column<string>(type: "text", nullable: true),
                    step = table.Column<int>(type: "integer", nullable: true),
                    text = table.Column<string>(type: "text", nullable: true),
                    report_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alert_events", x => x.id);
                    table.ForeignKey(
                        name: "fk_alert_events_alerts_alert_id",
                        column: x => x.alert_id,
                        principalTable: "alerts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "leak_reporters",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    proof = table.Column<string>(type: "text", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    last4 = table.Column<string>(type: "text", nullable: false),
                    sealed_token = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leak_reporters", x => x.id);
                    table.ForeignKey(
                        name: "fk_leak_reporters_organizations_organization_id",
                        column: x => x.organization_id,
                        principalTable: "organizations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "retired_tokens",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_retired_tokens", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "unmatched_secrets",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: true),
                    channel = table.Column<string>(type: "text", nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    times = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_unmatched_secrets", x => x.hash);
                });

            migrationBuilder.CreateTable(
                name: "watched_repositories",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    url = table.Column<string>(type: "text", nullable: false),
                    is_public = table.Column<bool>(type: "boolean", nullable: false),
                    user_name = table.Column<string>(type: "text", nullable: true),
                    sealed_token = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: false),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    leased_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    looked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_error = table.Column<string>(type: "text", nullable: true),
                    heads = table.Column<string[]>(type: "text[]", nullable: false),
                    objects = table.Column<long>(type: "bigint", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    found = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_watched_repositories", x => x.id);
                    table.ForeignKey(
                        name: "fk_watched_repositories_organizations_organization_id",
                        column: x => x.organization_id,
                        principalTable: "organizations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_alerts_due_at",
                table: "alerts",
                column: "due_at",
                filter: "due_at IS NOT NULL AND overdue_told < 3");

            migrationBuilder.CreateIndex(
                name: "ix_alerts_revoke_at",
                table: "alerts",
                column: "revoke_at",
                filter: "revoke_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_alerts_snoozed_until",
                table: "alerts",
                column: "snoozed_until",
                filter: "snoozed_until IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_alert_events_alert_id_number",
                table: "alert_events",
                columns: new[] { "alert_id", "number" });

            migrationBuilder.CreateIndex(
                name: "ix_alert_events_report_id",
                table: "alert_events",
                column: "report_id",
                filter: "report_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_leak_reporters_hash",
                table: "leak_reporters",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_leak_reporters_organization_id",
                table: "leak_reporters",
                column: "organization_id");

            migrationBuilder.CreateIndex(
                name: "ix_unmatched_secrets_last_seen_at",
                table: "unmatched_secrets",
                column: "last_seen_at");

            migrationBuilder.CreateIndex(
                name: "ix_watched_repositories_due_at",
                table: "watched_repositories",
                column: "due_at",
                filter: "deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_watched_repositories_organization_id_url",
                table: "watched_repositories",
                columns: new[] { "organization_id", "url" },
                unique: true,
                filter: "deleted_at IS NULL");

            // What was there came from GitHub alone, which looks at public places. Its alerts keep what they had, and get
            // the history that can be told.
            migrationBuilder.Sql(
                """
                UPDATE leak_reports SET channel = 'GitHub', source_name = 'GitHub';
                UPDATE occurrences o SET is_public = true, report_id = a.raised_by_report_id
                FROM alerts a WHERE a.id = o.alert_id;
                UPDATE alerts a SET
                    severity = 'Critical',
                    is_public = a.raised_by_report_id IS NOT NULL,
                    assignee_id = a.acknowledged_by,
                    due_at = CASE WHEN a.raised_by_report_id IS NOT NULL AND c.revoked_at IS NULL
                                  THEN a.raised_at + interval '24 hours' END
                FROM credentials c WHERE c.id = a.credential_id;
                INSERT INTO alert_events (id, organization_id, alert_id, at, kind, report_id)
                SELECT gen_random_uuid(), organization_id, id, raised_at, 'Raised', raised_by_report_id FROM alerts;
                INSERT INTO alert_events (id, organization_id, alert_id, at, kind, by)
                SELECT gen_random_uuid(), organization_id, id, acknowledged_at, 'Acknowledged', acknowledged_by
                FROM alerts WHERE acknowledged_at IS NOT NULL;

                CREATE FUNCTION keep_alert_events() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'The history of an alert can only grow.';
                END $$;
                CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON alert_events
                    FOR EACH ROW EXECUTE FUNCTION keep_alert_events();
                CREATE TRIGGER keep_table BEFORE TRUNCATE ON alert_events
                    FOR EACH STATEMENT EXECUTE FUNCTION keep_alert_events();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alert_events");
            migrationBuilder.Sql("DROP FUNCTION keep_alert_events();");

            migrationBuilder.DropTable(
                name: "leak_reporters");

            migrationBuilder.DropTable(
                name: "retired_tokens");

            migrationBuilder.DropTable(
                name: "unmatched_secrets");

            migrationBuilder.DropTable(
                name: "watched_repositories");

            migrationBuilder.DropIndex(
                name: "ix_alerts_due_at",
                table: "alerts");

            migrationBuilder.DropIndex(
                name: "ix_alerts_revoke_at",
                table: "alerts");

            migrationBuilder.DropIndex(
                name: "ix_alerts_snoozed_until",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "leak_rules",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "is_public",
                table: "occurrences");

            migrationBuilder.DropColumn(
                name: "report_id",
                table: "occurrences");

            migrationBuilder.DropColumn(
                name: "channel",
                table: "leak_reports");

            migrationBuilder.DropColumn(
                name: "organization_id",
                table: "leak_reports");

            migrationBuilder.DropColumn(
                name: "source_name",
                table: "leak_reports");

            migrationBuilder.DropColumn(
                name: "assignee_id",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "dismissed_as",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "dismissed_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "dismissed_by",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "due_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "is_public",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "overdue_told",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "overdue_told_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "revoke_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "seen_at",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "seen_by",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "severity",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "snoozed_until",
                table: "alerts");

            migrationBuilder.DropColumn(
                name: "steps_done",
                table: "alerts");
        }
    }
}
