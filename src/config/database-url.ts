/** The parameters of DATABASE_URL that do something. */
const known = new Set([
  'application_name',
  'host',
  'options',
  'port',
  'schema',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'uselibpqcompat',
  'user',
])

/** Parameters of other clients, and where their matter is settled here. */
const elsewhere: Record<string, string> = {
  connection_limit: 'set DATABASE_POOL_MAX',
  pgbouncer: 'a pooler is recognised without it',
  search_path: 'use schema',
  sslpassword: 'the key must not have a password',
}

/**
 * Why an address of Postgres cannot be used, in words that complete a sentence about its variable and show no password;
 * null when it can.
 */
export function problemOfDatabaseUrl(text: string): string | null {
  if (text.includes('#')) {
    return 'has a # that would cut it off: write %23 for a # in the user or the password'
  }
  const example = 'must be a URL such as postgresql://hermod:password@localhost:5432/hermod'
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol)) {
    return `${example}; in the user and the password write %23 for #, %2F for /, %3A for :, %3F for ?, %40 for @, %25 for %`
  }
  const url = new URL(text)
  if (![url.username, url.password, url.pathname].every(isDecodable)) {
    return 'has a % that begins no code: write %25 for a % in the user or the password'
  }
  const strangers = [...new Set(url.searchParams.keys())].filter((name) => !known.has(name))
  if (strangers.length > 0)
    return `has parameters that do nothing: ${strangers.map(explained).join(', ')}. Remove them`
  const schema = url.searchParams.get('schema')
  if (schema !== null && !/^[a-z_][a-z0-9_]{0,49}$/.test(schema)) {
    return 'has a schema that cannot be used: it must be of lower-case letters, digits and _, 50 at most, and not begin with a digit'
  }
  return schema?.startsWith('pg_') === true ? 'has a schema of Postgres itself: choose another' : null
}

/** Parts the schema from the rest of an address. The schema is `public` where it names none. */
export function partDatabaseUrl(text: string): { url: string; schema: string } {
  const url = new URL(text)
  const schema = url.searchParams.get('schema')
  if (schema === null) return { url: text, schema: 'public' }
  url.searchParams.delete('schema')
  return { url: url.href, schema }
}

function explained(name: string): string {
  const advice = elsewhere[name]
  return advice === undefined ? name : `${name} (${advice})`
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
