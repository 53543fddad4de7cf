/**
 * Server settings of the bundled PostgreSQL: every commit on disk before it is answered, and the
 * smallest footprint that a registry's short transactions do not notice. Units are PostgreSQL's.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  wal_compression: 'on',
  max_wal_size: '512MB',
  min_wal_size: '64MB',
  max_wal_senders: '4',
  max_logical_replication_workers: '0',
  shared_buffers: '64MB',
  max_connections: '100',
  // Container runtimes give /dev/shm 64 MB, which parallel queries can exceed.
  max_parallel_workers_per_gather: '0',
  io_method: 'sync',
  huge_pages: 'off',
  jit: 'off',
  random_page_cost: '1.1',
  autovacuum: 'on',
  timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '',
  log_checkpoints: 'off',
  // Statements and DETAIL lines can hold credentials and names; the client gets them anyway.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};
