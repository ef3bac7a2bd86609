using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SafetyCenter.Web.Data.Migrations
{
    /// <summary>
    /// The whole life of people: sessions and passkeys, how long invites live, what an organization demands, demotions that can
    /// be undone; and a disabled organization is told to whoever verifies its credentials.
    /// </summary>
    public partial class People : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_emails_organizations_organization_id",
                table: "emails");

            migrationBuilder.DropIndex(
                name: "ix_invites_user_id",
                table: "invites");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "modified_at",
                table: "users",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "modified_at",
                table: "roles",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "receives_permissions_from",
                table: "roles",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<bool>(
                name: "admin_only_invites",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string[]>(
                name: "allowed_domains",
                table: "organizations",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<bool>(
                name: "allows_custom_roles",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "disabled_at",
                table: "organizations",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "disallowed_o_auth_clients",
                table: "organizations",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<bool>(
                name: "enforces_allowed_domains",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "has_long_invites",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "monitor_timezone",
                table: "organizations",
                type: "text",
                nullable: false,
                defaultValue: "UTC");

            migrationBuilder.AddColumn<string>(
                name: "policies_set_at",
                table: "organizations",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<bool>(
                name: "requires_second_factor",
                table: "organizations",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AlterColumn<string>(
                name: "phone_number",
                table: "logins",
                type: "character varying(256)",
                maxLength: 256,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "text",
                oldNullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "is_operator",
                table: "logins",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "last_code_step",
                table: "logins",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "password_changed_at",
                table: "logins",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "name",
                table: "login_tokens",
                type: "character varying(128)",
                maxLength: 128,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AlterColumn<string>(
                name: "login_provider",
                table: "login_tokens",
                type: "character varying(128)",
                maxLength: 128,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AlterColumn<string>(
                name: "provider_key",
                table: "login_providers",
                type: "character varying(128)",
                maxLength: 128,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AlterColumn<string>(
                name: "login_provider",
                table: "login_providers",
                type: "character varying(128)",
                maxLength: 128,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "text");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expires_at",
                table: "invites",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)));

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "opened_at",
                table: "invites",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "times_sent",
                table: "invites",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AlterColumn<Guid>(
                name: "organization_id",
                table: "emails",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid");

            migrationBuilder.CreateTable(
                name: "demotions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    taken = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    given_instead = table.Column<Guid>(type: "uuid", nullable: true),
                    by = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    undone_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_demotions", x => x.id);
                    table.ForeignKey(
                        name: "fk_demotions_organizations_organization_id",
                        column: x => x.organization_id,
                        principalTable: "organizations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_demotions_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "login_passkeys",
                columns: table => new
                {
                    credential_id = table.Column<byte[]>(type: "bytea", maxLength: 1024, nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    data = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_login_passkeys", x => x.credential_id);
                    table.ForeignKey(
                        name: "fk_login_passkeys_logins_user_id",
                        column: x => x.user_id,
                        principalTable: "logins",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    login_id = table.Column<Guid>(type: "uuid", nullable: false),
                    has_second_factor = table.Column<bool>(type: "boolean", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    client = table.Column<string>(type: "text", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    proved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_sessions_logins_login_id",
                        column: x => x.login_id,
                        principalTable: "logins",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_invites_user_id_sent_at",
                table: "invites",
                columns: new[] { "user_id", "sent_at" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_events_organization_id_actor_id_at",
                table: "audit_events",
                columns: new[] { "organization_id", "actor_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_demotions_organization_id_at",
                table: "demotions",
                columns: new[] { "organization_id", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_demotions_user_id",
                table: "demotions",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_login_passkeys_user_id",
                table: "login_passkeys",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_login_id",
                table: "sessions",
                column: "login_id",
                filter: "ended_at IS NULL");

            migrationBuilder.AddForeignKey(
                name: "fk_emails_organizations_organization_id",
                table: "emails",
                column: "organization_id",
                principalTable: "organizations",
                principalColumn: "id");
        
            migrationBuilder.Sql(
                """
                -- Links that are out were good for two days.
                UPDATE invites SET expires_at = sent_at + interval '2 days', times_sent = 1;

                -- The directory forgets whatever belongs to a user or to an organization of that id.
                CREATE TRIGGER tell_organization_changed
                    AFTER UPDATE OF disabled_at ON organizations
                    FOR EACH ROW
                    WHEN (OLD.disabled_at IS DISTINCT FROM NEW.disabled_at)
                    EXECUTE FUNCTION tell_owner_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TRIGGER tell_organization_changed ON organizations;");

            migrationBuilder.DropForeignKey(
                name: "fk_emails_organizations_organization_id",
                table: "emails");

            migrationBuilder.DropTable(
                name: "demotions");

            migrationBuilder.DropTable(
                name: "login_passkeys");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropIndex(
                name: "ix_invites_user_id_sent_at",
                table: "invites");

            migrationBuilder.DropIndex(
                name: "ix_audit_events_organization_id_actor_id_at",
                table: "audit_events");

            migrationBuilder.DropColumn(
                name: "modified_at",
                table: "users");

            migrationBuilder.DropColumn(
                name: "modified_at",
                table: "roles");

            migrationBuilder.DropColumn(
                name: "receives_permissions_from",
                table: "roles");

            migrationBuilder.DropColumn(
                name: "admin_only_invites",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "allowed_domains",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "allows_custom_roles",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "disabled_at",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "disallowed_o_auth_clients",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "enforces_allowed_domains",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "has_long_invites",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "monitor_timezone",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "policies_set_at",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "requires_second_factor",
                table: "organizations");

            migrationBuilder.DropColumn(
                name: "is_operator",
                table: "logins");

            migrationBuilder.DropColumn(
                name: "last_code_step",
                table: "logins");

            migrationBuilder.DropColumn(
                name: "password_changed_at",
                table: "logins");

            migrationBuilder.DropColumn(
                name: "expires_at",
                table: "invites");

            migrationBuilder.DropColumn(
                name: "opened_at",
                table: "invites");

            migrationBuilder.DropColumn(
                name: "times_sent",
                table: "invites");

            migrationBuilder.AlterColumn<string>(
                name: "phone_number",
                table: "logins",
                type: "text",
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(256)",
                oldMaxLength: 256,
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "name",
                table: "login_tokens",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(128)",
                oldMaxLength: 128);

            migrationBuilder.AlterColumn<string>(
                name: "login_provider",
                table: "login_tokens",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(128)",
                oldMaxLength: 128);

            migrationBuilder.AlterColumn<string>(
                name: "provider_key",
                table: "login_providers",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(128)",
                oldMaxLength: 128);

            migrationBuilder.AlterColumn<string>(
                name: "login_provider",
                table: "login_providers",
                type: "text",
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(128)",
                oldMaxLength: 128);

            migrationBuilder.AlterColumn<Guid>(
                name: "organization_id",
                table: "emails",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"),
                oldClrType: typeof(Guid),
                oldType: "uuid",
                oldNullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_invites_user_id",
                table: "invites",
                column: "user_id");

            migrationBuilder.AddForeignKey(
                name: "fk_emails_organizations_organization_id",
                table: "emails",
                column: "organization_id",
                principalTable: "organizations",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }
    }
}
