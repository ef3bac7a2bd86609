using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SafetyCenter.Web.Data.Migrations
{
    /// <summary>
    /// Client tokens, access tokens, ends, rotation and test revocations; who used which service and scope; the audit trail,
    /// which a trigger makes append-only; and how many credentials are active, which triggers count.
    /// </summary>
    public partial class CompleteCredentials : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_users_organization_id_email",
                table: "users");

            migrationBuilder.DropPrimaryKey(
                name: "pk_usage",
                table: "usage");

            migrationBuilder.DropIndex(
                name: "ix_credentials_organization_id_created_at_id",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ux_credentials_active_api_key_name",
                table: "credentials");

            migrationBuilder.AddColumn<string>(
                name: "title",
                table: "users",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "service",
                table: "usage",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "application_key_limit",
                table: "organizations",
                type: "integer",
                nullable: false,
                defaultValue: 1000);

            migrationBuilder.AddColumn<int>(
                name: "undo_days",
                table: "organizations",
                type: "integer",
                nullable: false,
                defaultValue: 7);

            migrationBuilder.AddColumn<string>(
                name: "category",
                table: "credentials",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expires_at",
                table: "credentials",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "modified_at",
                table: "credentials",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "modified_by",
                table: "credentials",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "remote_config_read_enabled",
                table: "credentials",
                type: "boolean",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "replaced_by",
                table: "credentials",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "retire_at",
                table: "credentials",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "retires_when_silent",
                table: "credentials",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "rotated_at",
                table: "credentials",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "value",
                table: "credentials",
                type: "text",
                nullable: true);

            migrationBuilder.AddPrimaryKey(
                name: "pk_usage",
                table: "usage",
                columns: new[] { "credential_id", "day", "address", "client", "service" });

            migrationBuilder.CreateTable(
                name: "audit_events",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    asset_type = table.Column<string>(type: "text", nullable: false),
                    asset_id = table.Column<Guid>(type: "uuid", nullable: false),
                    asset_name = table.Column<string>(type: "text", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    actor_email = table.Column<string>(type: "text", nullable: true),
                    method = table.Column<string>(type: "text", nullable: false),
                    credential_id = table.Column<Guid>(type: "uuid", nullable: true),
                    credential_name = table.Column<string>(type: "text", nullable: true),
                    address = table.Column<string>(type: "text", nullable: true),
                    client = table.Column<string>(type: "text", nullable: true),
                    http_method = table.Column<string>(type: "text", nullable: true),
                    path = table.Column<string>(type: "text", nullable: true),
                    changes = table.Column<string>(type: "jsonb", nullable: true),
                    message = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_events", x => x.id);
                    table.ForeignKey(
                        name: "fk_audit_events_organizations_organization_id",
                        column: x => x.organization_id,
                        principalTable: "organizations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "credential_counts",
                columns: table => new
                {
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    active = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credential_counts", x => new { x.organization_id, x.kind });
                });

            migrationBuilder.CreateTable(
                name: "scope_uses",
                columns: table => new
                {
                    credential_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scope = table.Column<string>(type: "text", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    calls = table.Column<long>(type: "bigint", nullable: false),
                    first_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_scope_uses", x => new { x.credential_id, x.scope });
                    table.ForeignKey(
                        name: "fk_scope_uses_credentials_credential_id",
                        column: x => x.credential_id,
                        principalTable: "credentials",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "test_revocations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    credential_id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    started_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_test_revocations", x => x.id);
                    table.ForeignKey(
                        name: "fk_test_revocations_credentials_credential_id",
                        column: x => x.credential_id,
                        principalTable: "credentials",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "refused_calls",
                columns: table => new
                {
                    test_id = table.Column<Guid>(type: "uuid", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    client = table.Column<string>(type: "text", nullable: false),
                    service = table.Column<string>(type: "text", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    calls = table.Column<long>(type: "bigint", nullable: false),
                    first_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_refused_calls", x => new { x.test_id, x.address, x.client, x.service });
                    table.ForeignKey(
                        name: "fk_refused_calls_test_revocations_test_id",
                        column: x => x.test_id,
                        principalTable: "test_revocations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_users_organization_id_email",
                table: "users",
                columns: new[] { "organization_id", "email" },
                unique: true,
                filter: "NOT is_service_account");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_active_by_age",
                table: "credentials",
                columns: new[] { "organization_id", "kind", "created_at", "id" },
                filter: "revoked_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_active_by_name",
                table: "credentials",
                columns: new[] { "organization_id", "kind", "name", "id" },
                filter: "revoked_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_expires_at",
                table: "credentials",
                column: "expires_at",
                filter: "revoked_at IS NULL AND expires_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_replaced_by",
                table: "credentials",
                column: "replaced_by");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_retire_at",
                table: "credentials",
                column: "retire_at",
                filter: "revoked_at IS NULL AND retire_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_revoked",
                table: "credentials",
                columns: new[] { "organization_id", "kind", "revoked_at", "id" },
                filter: "revoked_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_credentials_active_name",
                table: "credentials",
                columns: new[] { "organization_id", "kind", "name" },
                unique: true,
                filter: "revoked_at IS NULL AND kind IN ('api_key', 'client_token')");

            migrationBuilder.CreateIndex(
                name: "ix_audit_events_organization_id_asset_id_at",
                table: "audit_events",
                columns: new[] { "organization_id", "asset_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_events_organization_id_at_id",
                table: "audit_events",
                columns: new[] { "organization_id", "at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_test_revocations_credential_id_started_at",
                table: "test_revocations",
                columns: new[] { "credential_id", "started_at" });

            migrationBuilder.AddForeignKey(
                name: "fk_credentials_credentials_replaced_by",
                table: "credentials",
                column: "replaced_by",
                principalTable: "credentials",
                principalColumn: "id");

            migrationBuilder.Sql(
                """
                UPDATE credentials SET category = 'default', remote_config_read_enabled = true WHERE kind = 'api_key';

                -- What a credential means changes with its ends, too; and with a test that begins or is stopped.
                DROP TRIGGER tell_changed ON credentials;
                CREATE TRIGGER tell_changed
                    AFTER UPDATE OF hash, kind, organization_id, owner_id, scopes, revoked_at, expires_at, retire_at
                    ON credentials
                    FOR EACH ROW
                    WHEN ((OLD.hash, OLD.kind, OLD.organization_id, OLD.owner_id, OLD.scopes, OLD.revoked_at,
                           OLD.expires_at, OLD.retire_at)
                        IS DISTINCT FROM
                        (NEW.hash, NEW.kind, NEW.organization_id, NEW.owner_id, NEW.scopes, NEW.revoked_at,
                         NEW.expires_at, NEW.retire_at))
                    EXECUTE FUNCTION tell_credential_changed();

                CREATE FUNCTION tell_test_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', encode(hash, 'hex'))
                    FROM credentials WHERE id = NEW.credential_id;
                    RETURN NULL;
                END $$;

                CREATE TRIGGER tell_test_changed
                    AFTER INSERT OR UPDATE ON test_revocations
                    FOR EACH ROW EXECUTE FUNCTION tell_test_changed();

                -- The audit trail takes new rows and nothing else, whoever asks.
                CREATE FUNCTION keep_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP
                        USING ERRCODE = 'insufficient_privilege';
                END $$;

                CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON audit_events
                    FOR EACH ROW EXECUTE FUNCTION keep_audit_events();
                CREATE TRIGGER keep_table BEFORE TRUNCATE ON audit_events
                    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_events();

                -- Per statement where rows come or go, so that an import of many costs one update; per row where one
                -- ends or comes back, because the flush of last uses must not be looked at.
                CREATE FUNCTION count_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO credential_counts AS c (organization_id, kind, active)
                    SELECT organization_id, kind, (CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END) * count(*)
                    FROM changed WHERE revoked_at IS NULL
                    GROUP BY organization_id, kind ORDER BY organization_id, kind
                    ON CONFLICT (organization_id, kind) DO UPDATE SET active = c.active + excluded.active;
                    RETURN NULL;
                END $$;

                CREATE FUNCTION count_credential() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO credential_counts AS c (organization_id, kind, active)
                    VALUES (NEW.organization_id, NEW.kind, CASE WHEN NEW.revoked_at IS NULL THEN 1 ELSE -1 END)
                    ON CONFLICT (organization_id, kind) DO UPDATE SET active = c.active + excluded.active;
                    RETURN NULL;
                END $$;

                CREATE TRIGGER count_inserted AFTER INSERT ON credentials
                    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_credentials();
                CREATE TRIGGER count_deleted AFTER DELETE ON credentials
                    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_credentials();
                CREATE TRIGGER count_ended AFTER UPDATE OF revoked_at ON credentials
                    FOR EACH ROW WHEN ((OLD.revoked_at IS NULL) <> (NEW.revoked_at IS NULL))
                    EXECUTE FUNCTION count_credential();

                INSERT INTO credential_counts (organization_id, kind, active)
                SELECT organization_id, kind, count(*) FROM credentials WHERE revoked_at IS NULL GROUP BY 1, 2;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER count_ended ON credentials;
                DROP TRIGGER count_deleted ON credentials;
                DROP TRIGGER count_inserted ON credentials;
                DROP FUNCTION count_credential();
                DROP FUNCTION count_credentials();
                DROP TRIGGER keep_table ON audit_events;
                DROP TRIGGER keep_rows ON audit_events;
                DROP FUNCTION keep_audit_events();
                DROP TRIGGER tell_test_changed ON test_revocations;
                DROP FUNCTION tell_test_changed();
                DROP TRIGGER tell_changed ON credentials;
                CREATE TRIGGER tell_changed
                    AFTER UPDATE OF hash, kind, organization_id, owner_id, scopes, revoked_at ON credentials
                    FOR EACH ROW
                    WHEN ((OLD.hash, OLD.kind, OLD.organization_id, OLD.owner_id, OLD.scopes, OLD.revoked_at)
                        IS DISTINCT FROM
                        (NEW.hash, NEW.kind, NEW.organization_id, NEW.owner_id, NEW.scopes, NEW.revoked_at))
                    EXECUTE FUNCTION tell_credential_changed();
                """);

            migrationBuilder.DropForeignKey(
                name: "fk_credentials_credentials_replaced_by",
                table: "credentials");

            migrationBuilder.DropTable(
                name: "audit_events");

            migrationBuilder.DropTable(
                name: "credential_counts");

            migrationBuilder.DropTable(
                name: "refused_calls");

            migrationBuilder.DropTable(
                name: "scope_uses");

            migrationBuilder.DropTable(
                name: "test_revocations");

            migrationBuilder.DropIndex(
                name: "ix_users_organization_id_email",
                table: "users");

            migrationBuilder.DropPrimaryKey(
                name: "pk_usage",
                table: "usage");

            migrationBuilder.DropIndex(
                name: "ix_credentials_active_by_age",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ix_credentials_active_by_name",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ix_credentials_expires_at",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ix_credentials_replaced_by",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ix_credentials_retire_at",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ix_credentials_revoked",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ux_credentials_active_name",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "title",
                table: "users");

            migrationBuilder.DropColumn(
                name: "service",
                table: "usage");

            migrationBuilder.DropColumn(
                name: "application_key_limit",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "undo_days",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "category",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "expires_at",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "modified_at",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "modified_by",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "remote_config_read_enabled",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "replaced_by",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "retire_at",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "retires_when_silent",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "rotated_at",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "value",
                table: "credentials");

            migrationBuilder.AddPrimaryKey(
                name: "pk_usage",
                table: "usage",
                columns: new[] { "credential_id", "day", "address", "client" });

            migrationBuilder.CreateIndex(
                name: "ix_users_organization_id_email",
                table: "users",
                columns: new[] { "organization_id", "email" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_credentials_organization_id_created_at_id",
                table: "credentials",
                columns: new[] { "organization_id", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_credentials_active_api_key_name",
                table: "credentials",
                columns: new[] { "organization_id", "kind", "name" },
                unique: true,
                filter: "revoked_at IS NULL AND kind = 'api_key'");
        }
    }
}
