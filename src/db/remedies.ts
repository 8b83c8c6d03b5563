/** Why Postgres refused, and what the operator can do about it, in a sentence or two. */
export function remedyFor(error: unknown, { at, url }: { at: string; url: string }): string {
  const reason = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const { user, database } = namesIn(url)
  const known = remedies.find((one) => one.codes.includes(code) && one.reason.test(reason))
  if (known !== undefined) {
    return `Postgres at ${at} refuses: ${reason}. ${known.remedy({ user, database, object: known.reason.exec(reason)?.[1] ?? '' })}`
  }
  return code === '' || /^(28|3D|08)/.test(code)
    ? `Postgres at ${at} does not let us in: ${reason}. Check DATABASE_URL.`
    : `Postgres at ${at} refuses: ${reason}`
}

interface Names {
  user: string
  database: string
  /** The schema or database that the reason names. */
  object: string
}

const remedies: { codes: string[]; reason: RegExp; remedy(names: Names): string }[] = [
  {
    codes: ['42501'],
    reason: /permission denied for schema (\S+)/,
    remedy: ({ user, object }) =>
      `Allow it, as a superuser or the owner of the database: GRANT USAGE, CREATE ON SCHEMA ${object} TO "${user}"; ` +
      '(since Postgres 15 nobody but the owner may create tables in the schema public).',
  },
  {
    codes: ['42501'],
    reason: /permission denied for database (\S+)/,
    remedy: ({ user, database }) =>
      `Allow it, as a superuser or the owner of the database: GRANT CREATE ON DATABASE "${database}" TO "${user}"; ` +
      'or make the schema for it, or set REDIS_URL, with which no second schema is needed.',
  },
  {
    codes: ['42501'],
    reason: /permission denied|must be owner/,
    remedy: ({ user }) =>
      `The tables belong to another user than "${user}": use that one, or REASSIGN OWNED.`,
  },
  {
    // PgBouncer has one code for everything.
    codes: ['3D000', '08P01'],
    reason: /database .{1,80} does not exist|no such database/,
    remedy: ({ user, database }) =>
      `Make it: CREATE DATABASE "${database}" OWNER "${user}" ENCODING 'UTF8' TEMPLATE template0;`,
  },
]

function namesIn(url: string): { user: string; database: string } {
  const { username, pathname } = new URL(url)
  const user = decodeURIComponent(username)
  return { user, database: decodeURIComponent(pathname.slice(1)) || user }
}
