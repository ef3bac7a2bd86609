namespace SafetyCenter.Web.LocalDatabase;

/// <summary>What a private cluster has otherwise than initdb makes it; the text of postgresql.auto.conf.</summary>
internal static class ServerSettings
{
    private const string Common = """
        # Written by SafetyCenter at each start; changes here are lost.
        listen_addresses = ''
        port = 5432
        timezone = 'UTC'
        log_timezone = 'UTC'
        jit = off
        """;

    /// <summary>Committed work may be lost with the machine: it is thrown away in any case.</summary>
    private const string Disposable = """
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        autovacuum = off
        wal_level = minimal
        max_wal_senders = 0
        max_wal_size = 4GB
        checkpoint_timeout = 1h
        shared_buffers = 128MB
        max_connections = 300
        log_min_messages = fatal
        """;

    /// <summary>A power cut may lose the last half second of commits, but never leaves the cluster damaged.</summary>
    private const string Kept = """
        synchronous_commit = off
        shared_buffers = 64MB
        max_connections = 100
        """;

    public static string For(ClusterKind kind, string socketFolder) => $"""
        {Common}
        unix_socket_directories = '{socketFolder}'
        unix_socket_permissions = 0700
        {(kind == ClusterKind.Disposable ? Disposable : Kept)}

        """;
}
