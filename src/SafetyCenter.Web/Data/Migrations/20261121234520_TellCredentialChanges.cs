using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SafetyCenter.Web.Data.Migrations
{
    /// <summary>
    /// The database says which credential no longer means what it meant, so that every node forgets it, whoever changed
    /// it and by whatever path. Payload: the hash in 64 hex digits; or the id of a user whose keys may have come or gone
    /// (not their hashes, because a key that is being issued meanwhile would be missed).
    /// New credentials need no word, because nobody remembers an unknown one; last use is not told, because nobody
    /// remembers it.
    /// </summary>
    public partial class TellCredentialChanges : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            CREATE FUNCTION tell_credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_notify('credential_changed', encode(OLD.hash, 'hex'));
                RETURN NULL;
            END $$;

            CREATE FUNCTION tell_owner_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_notify('credential_changed', OLD.id::text);
                RETURN NULL;
            END $$;

            CREATE TRIGGER tell_changed
                AFTER UPDATE OF hash, kind, organization_id, owner_id, scopes, revoked_at ON credentials
                FOR EACH ROW
                WHEN ((OLD.hash, OLD.kind, OLD.organization_id, OLD.owner_id, OLD.scopes, OLD.revoked_at)
                    IS DISTINCT FROM
                    (NEW.hash, NEW.kind, NEW.organization_id, NEW.owner_id, NEW.scopes, NEW.revoked_at))
                EXECUTE FUNCTION tell_credential_changed();

            CREATE TRIGGER tell_deleted
                AFTER DELETE ON credentials
                FOR EACH ROW EXECUTE FUNCTION tell_credential_changed();

            CREATE TRIGGER tell_owner_changed
                AFTER UPDATE OF disabled_at, login_id, is_service_account ON users
                FOR EACH ROW
                WHEN ((OLD.disabled_at, OLD.login_id, OLD.is_service_account)
                    IS DISTINCT FROM (NEW.disabled_at, NEW.login_id, NEW.is_service_account))
                EXECUTE FUNCTION tell_owner_changed();
            """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """
            DROP TRIGGER tell_owner_changed ON users;
            DROP TRIGGER tell_deleted ON credentials;
            DROP TRIGGER tell_changed ON credentials;
            DROP FUNCTION tell_owner_changed();
            DROP FUNCTION tell_credential_changed();
            """);
    }
}
