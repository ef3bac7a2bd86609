using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SafetyCenter.Web.Data.Migrations
{
    /// <inheritdoc />
    public partial class OAuthServer : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_alerts_leak_reports_raised_by_report_id",
                table: "alerts");

            migrationBuilder.DropIndex(
                name: "ix_oauth_apps_organization_id",
                table: "oauth_apps");

            migrationBuilder.AddColumn<bool>(
                name: "requires_app_approval",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "approved_at",
                table: "oauth_apps",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "approved_by",
                table: "oauth_apps",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "client_id",
                table: "oauth_apps",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"));

            migrationBuilder.AddColumn<Guid>(
                name: "created_by",
                table: "oauth_apps",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "deleted_at",
                table: "oauth_apps",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "restricted_to",
                table: "oauth_apps",
                type: "text[]",
                nullable: true);

            migrationBuilder.AlterColumn<byte[]>(
                name: "hash",
                table: "credentials",
                type: "bytea",
                nullable: true,
                oldClrType: typeof(byte[]),
                oldType: "bytea");

            migrationBuilder.AddColumn<Guid>(
                name: "app_id",
                table: "credentials",
                type: "uuid",
                nullable: true);

            migrationBuilder.AlterColumn<Guid>(
                name: "raised_by_report_id",
                table: "alerts",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid");

            migrationBuilder.CreateTable(
                name: "oauth_clients",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: true),
                    name = table.Column<string>(type: "text", nullable: false),
                    publisher = table.Column<string>(type: "text", nullable: false),
                    website = table.Column<string>(type: "text", nullable: true),
                    redirect_uris = table.Column<string[]>(type: "text[]", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    is_confidential = table.Column<bool>(type: "boolean", nullable: false),
                    acts_as = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    modified_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    fingerprint = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_clients", x => x.id);
                    table.ForeignKey(
                        name: "fk_oauth_clients_organizations_organization_id",
                        column: x => x.organization_id,
                        principalTable: "organizations",
                        principalColumn: "id");
                    table.ForeignKey(
                        name: "fk_oauth_clients_users_acts_as",
                        column: x => x.acts_as,
                        principalTable: "users",
                        principalColumn: "id");
                });

            migrationBuilder.CreateTable(
                name: "oauth_codes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    redirect_uri = table.Column<string>(type: "text", nullable: false),
                    challenge = table.Column<string>(type: "text", nullable: false),
                    issued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    redeemed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_codes", x => x.id);
                    table.ForeignKey(
                        name: "fk_oauth_codes_credentials_grant_id",
                        column: x => x.grant_id,
                        principalTable: "credentials",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "oauth_tokens",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    family = table.Column<Guid>(type: "uuid", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    last4 = table.Column<string>(type: "text", nullable: false),
                    issued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_tokens", x => x.id);
                    table.ForeignKey(
                        name: "fk_oauth_tokens_credentials_grant_id",
                        column: x => x.grant_id,
                        principalTable: "credentials",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "oauth_logos",
                columns: table => new
                {
                    client_id = table.Column<Guid>(type: "uuid", nullable: false),
                    media_type = table.Column<string>(type: "text", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_logos", x => x.client_id);
                    table.ForeignKey(
                        name: "fk_oauth_logos_oauth_clients_client_id",
                        column: x => x.client_id,
                        principalTable: "oauth_clients",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // What was there: each app becomes a program of its organization, each grant a credential.
            migrationBuilder.Sql(
                """
                INSERT INTO oauth_clients
                    (id, organization_id, name, publisher, redirect_uris, scopes, is_confidential, created_at, fingerprint)
                SELECT a.id, a.organization_id, a.name, a.publisher, '{}',
                       coalesce((SELECT array_agg(DISTINCT scope ORDER BY scope)
                                 FROM oauth_grants g, unnest(g.scopes) AS scope WHERE g.app_id = a.id), '{}'),
                       false, a.created_at, encode(sha256(convert_to(a.name, 'UTF8')), 'hex')
                FROM oauth_apps a;
                UPDATE oauth_apps SET client_id = id, approved_at = created_at;
                INSERT INTO credentials
                    (id, organization_id, kind, name, last4, created_at, created_by, tracked_since, last_used_at,
                     owner_id, scopes, app_id, revoked_at, revoked_because)
                SELECT g.id, g.organization_id, 'oauth_grant', a.name, '', g.authorized_at, g.user_id, g.authorized_at,
                       g.last_used_at, g.user_id, g.scopes, g.app_id,
                       CASE WHEN g.rank > 1 THEN coalesce(g.ended_at, g.authorized_at) ELSE g.ended_at END,
                       CASE WHEN g.rank > 1 OR g.ended_at IS NOT NULL THEN 'ByHand' END
                FROM (SELECT *, row_number() OVER (PARTITION BY app_id, user_id, ended_at IS NULL
                                                   ORDER BY authorized_at DESC) * (ended_at IS NULL)::int AS rank
                      FROM oauth_grants) g
                JOIN oauth_apps a ON a.id = g.app_id;
                """);

            migrationBuilder.DropTable(
                name: "oauth_grants");

            migrationBuilder.DropColumn(
                name: "name",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "publisher",
                table: "oauth_apps");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_apps_client_id",
                table: "oauth_apps",
                column: "client_id");

            migrationBuilder.CreateIndex(
                name: "ux_oauth_apps_client",
                table: "oauth_apps",
                columns: new[] { "organization_id", "client_id" },
                unique: true,
                filter: "deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_app_id",
                table: "credentials",
                column: "app_id");

            migrationBuilder.CreateIndex(
                name: "ux_credentials_live_grant",
                table: "credentials",
                columns: new[] { "app_id", "owner_id" },
                unique: true,
                filter: "revoked_at IS NULL AND kind = 'oauth_grant'");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_clients_acts_as",
                table: "oauth_clients",
                column: "acts_as");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_clients_dynamic",
                table: "oauth_clients",
                column: "created_at",
                filter: "organization_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_clients_fingerprint",
                table: "oauth_clients",
                column: "fingerprint");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_clients_organization_id",
                table: "oauth_clients",
                column: "organization_id");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_codes_grant_id",
                table: "oauth_codes",
                column: "grant_id");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_codes_hash",
                table: "oauth_codes",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_oauth_codes_issued_at",
                table: "oauth_codes",
                column: "issued_at");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_tokens_expires_at",
                table: "oauth_tokens",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_tokens_grant_id",
                table: "oauth_tokens",
                column: "grant_id");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_tokens_hash",
                table: "oauth_tokens",
                column: "hash",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_alerts_leak_reports_raised_by_report_id",
                table: "alerts",
                column: "raised_by_report_id",
                principalTable: "leak_reports",
                principalColumn: "id");

            migrationBuilder.AddForeignKey(
                name: "fk_credentials_oauth_apps_app_id",
                table: "credentials",
                column: "app_id",
                principalTable: "oauth_apps",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);

            migrationBuilder.AddForeignKey(
                name: "fk_oauth_apps_oauth_clients_client_id",
                table: "oauth_apps",
                column: "client_id",
                principalTable: "oauth_clients",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);

            // The tokens of a grant are told of by the id of its app, which many of its grants share: a payload is sent once
            // per transaction.
            migrationBuilder.Sql(
                """
                CREATE OR REPLACE FUNCTION tell_credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', coalesce(encode(OLD.hash, 'hex'), OLD.app_id::text))
                    WHERE OLD.hash IS NOT NULL OR OLD.app_id IS NOT NULL;
                    RETURN NULL;
                END $$;

                CREATE OR REPLACE FUNCTION tell_test_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', coalesce(encode(hash, 'hex'), app_id::text))
                    FROM credentials WHERE id = NEW.credential_id;
                    RETURN NULL;
                END $$;

                CREATE FUNCTION tell_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', encode(OLD.hash, 'hex'));
                    RETURN NULL;
                END $$;

                CREATE TRIGGER tell_token_changed
                    AFTER UPDATE OF ended_at, expires_at, scopes OR DELETE ON oauth_tokens
                    FOR EACH ROW WHEN (OLD.kind = 'Access') EXECUTE FUNCTION tell_token_changed();

                CREATE TRIGGER tell_app_changed
                    AFTER UPDATE OF disabled_at, deleted_at ON oauth_apps
                    FOR EACH ROW
                    WHEN ((OLD.disabled_at, OLD.deleted_at) IS DISTINCT FROM (NEW.disabled_at, NEW.deleted_at))
                    EXECUTE FUNCTION tell_owner_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // What apps were let do is not kept in the form of before.
            migrationBuilder.Sql(
                """
                DROP TRIGGER tell_app_changed ON oauth_apps;
                DROP TRIGGER tell_token_changed ON oauth_tokens;
                DROP FUNCTION tell_token_changed();
                DELETE FROM alerts WHERE raised_by_report_id IS NULL;
                DELETE FROM usage WHERE credential_id IN (SELECT id FROM credentials WHERE app_id IS NOT NULL);
                DELETE FROM scope_uses WHERE credential_id IN (SELECT id FROM credentials WHERE app_id IS NOT NULL);
                DELETE FROM refused_calls WHERE test_id IN (SELECT t.id FROM test_revocations t
                    JOIN credentials c ON c.id = t.credential_id WHERE c.app_id IS NOT NULL);
                DELETE FROM test_revocations WHERE credential_id IN (SELECT id FROM credentials WHERE app_id IS NOT NULL);
                DELETE FROM oauth_codes;
                DELETE FROM oauth_tokens;
                DELETE FROM credentials WHERE app_id IS NOT NULL;
                CREATE OR REPLACE FUNCTION tell_credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', encode(OLD.hash, 'hex'));
                    RETURN NULL;
                END $$;
                CREATE OR REPLACE FUNCTION tell_test_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_notify('credential_changed', encode(hash, 'hex'))
                    FROM credentials WHERE id = NEW.credential_id;
                    RETURN NULL;
                END $$;
                """);

            migrationBuilder.DropForeignKey(
                name: "fk_alerts_leak_reports_raised_by_report_id",
                table: "alerts");

            migrationBuilder.DropForeignKey(
                name: "fk_credentials_oauth_apps_app_id",
                table: "credentials");

            migrationBuilder.DropForeignKey(
                name: "fk_oauth_apps_oauth_clients_client_id",
                table: "oauth_apps");

            migrationBuilder.DropTable(
                name: "oauth_codes");

            migrationBuilder.DropTable(
                name: "oauth_logos");

            migrationBuilder.DropTable(
                name: "oauth_tokens");

            migrationBuilder.DropTable(
                name: "oauth_clients");

            migrationBuilder.DropIndex(
                name: "ix_oauth_apps_client_id",
                table: "oauth_apps");

            migrationBuilder.DropIndex(
                name: "ux_oauth_apps_client",
                table: "oauth_apps");

            migrationBuilder.DropIndex(
                name: "ix_credentials_app_id",
                table: "credentials");

            migrationBuilder.DropIndex(
                name: "ux_credentials_live_grant",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "requires_app_approval",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "approved_at",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "approved_by",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "client_id",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "created_by",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "deleted_at",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "restricted_to",
                table: "oauth_apps");

            migrationBuilder.DropColumn(
                name: "app_id",
                table: "credentials");

            migrationBuilder.AddColumn<string>(
                name: "name",
                table: "oauth_apps",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "publisher",
                table: "oauth_apps",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AlterColumn<byte[]>(
                name: "hash",
                table: "credentials",
                type: "bytea",
                nullable: false,
                defaultValue: new byte[0],
                oldClrType: typeof(byte[]),
                oldType: "bytea",
                oldNullable: true);

            migrationBuilder.AlterColumn<Guid>(
                name: "raised_by_report_id",
                table: "alerts",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"),
                oldClrType: typeof(Guid),
                oldType: "uuid",
                oldNullable: true);

            migrationBuilder.CreateTable(
                name: "oauth_grants",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    app_id = table.Column<Guid>(type: "uuid", nullable: false),
                    authorized_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_grants", x => x.id);
                    table.ForeignKey(
                        name: "fk_oauth_grants_oauth_apps_app_id",
                        column: x => x.app_id,
                        principalTable: "oauth_apps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_oauth_grants_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_oauth_apps_organization_id",
                table: "oauth_apps",
                column: "organization_id");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_grants_app_id",
                table: "oauth_grants",
                column: "app_id");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_grants_user_id",
                table: "oauth_grants",
                column: "user_id");

            migrationBuilder.AddForeignKey(
                name: "fk_alerts_leak_reports_raised_by_report_id",
                table: "alerts",
                column: "raised_by_report_id",
                principalTable: "leak_reports",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
