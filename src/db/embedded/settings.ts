/** Durability is the product's promise (a 202 means committed), so the first two are never tuned away. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  listen_addresses: '127.0.0.1',
  // A socket's path may have 107 bytes at most, which a deep data folder exceeds.
  unix_socket_directories: '',
  // Several processes may share it, each with a pool and the connections of its queue.
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  jit: 'off',
  // Parallel workers need more shared memory than a container has by default, and no statement of ours gains
  // by them.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'off',
  log_line_prefix: '',
  log_checkpoints: 'off',
  // Statements hold message bodies and phone numbers: they stay out of every log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
} as const

/** The command line of the server. */
export function serverArguments(directory: string, port: number): string[] {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', directory, '-p', String(port), ...options]
}

/**
 * The command line that makes a cluster. The built-in C.UTF-8 collation is part of Postgres: no upgrade of
 * the operating system can change the order of an index.
 */
export function initdbArguments(directory: string, passwordFile: string, user: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
}
