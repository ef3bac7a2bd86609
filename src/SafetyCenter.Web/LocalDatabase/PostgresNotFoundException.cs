namespace SafetyCenter.Web.LocalDatabase;

/// <summary>
/// No PostgreSQL server programs can be found, so no private cluster can be started. The message says where was looked
/// and names the ways out, for the person at the terminal.
/// </summary>
public sealed class PostgresNotFoundException : Exception
{
    internal PostgresNotFoundException(string whatHappened)
        : base($"""
            {whatHappened}
            One of these helps:
              - install PostgreSQL, for example the Debian package: apt-get install postgresql
              - docker compose up, which brings a database of its own
              - set ConnectionStrings__SafetyCenter to the connection string of a PostgreSQL that runs already
              - set {PostgresPrograms.FolderVariable} to the folder that holds initdb, pg_ctl and postgres
            """)
    {
    }
}
