import { type BinaryNode, getBinaryNodeChildren, QueryIds, XWAPaths } from '@whiskeysockets/baileys'
import { type LinkedDevice, nameOf, type NewChatCap, type Timelock } from '../people/person.ts'
import { childAt, errorOf, firstChild, node, resultOf } from '../protocol/nodes.ts'
import { isAccepting, type Outcome } from '../control/rules.ts'
import type { World } from '../world.ts'
import { readKeys, storeKeys } from './keys.ts'
import { answerUsync } from './usync.ts'

type Answer = (world: World, device: LinkedDevice, query: BinaryNode) => BinaryNode[] | Promise<BinaryNode[]>

/** By namespace and type. All other queries are answered with an empty result. */
const answers: Record<string, Answer> = {
  'usync get': (world, _device, query) => answerUsync(world, query),
  'encrypt get': readKeys,
  'encrypt set': storeKeys,
  'w:m set': ({ mediaHost }) => [
    node('media_conn', { auth: 'fake-auth', ttl: '3600' }, [
      node('host', { hostname: mediaHost, maxContentLengthBytes: String(100 * 1_024 * 1_024) }),
    ]),
  ],
  'w:mex get': (_world, device, query) => answerMex(device, query),
  'w:sync:app:state set': (_world, _device, query) => emptyAppState(query),
  'w:g2 get': () => [node('groups')],
  'privacy get': () => [node('privacy', {}, [node('category', { name: 'readreceipts', value: 'all' })])],
  'blocklist get': () => [node('list')],
  'abt get': () => [node('props', { hash: 'fake', protocol: '1' }, [])],
}

/** Answers a query of a device, unless a rule disturbs it. */
export async function answerQuery(world: World, device: LinkedDevice, query: BinaryNode): Promise<void> {
  const { xmlns = '', type = '' } = query.attrs
  if (type !== 'get' && type !== 'set') return
  const name = [xmlns, type, firstChild(query)?.tag].join(' ').trim()
  world.ledger.queries[name] = (world.ledger.queries[name] ?? 0) + 1
  const arrival = { on: 'query', device: nameOf(device), namespace: xmlns } as const
  const rule = world.rules.apply(arrival)
  const outcome = rule?.outcome ?? { kind: 'accept' }
  const { connection } = device
  if (name === removal) return removeDevice(device, query)
  const content = isAccepting(outcome)
    ? ((await answers[`${xmlns} ${type}`]?.(world, device, query)) ?? [])
    : []
  world.timers.after(rule?.delayMs ?? 0, () => conclude(outcome))

  function conclude(end: Outcome): void {
    switch (end.kind) {
      case 'accept':
        return connection?.send(resultOf(query, content))
      case 'error':
        return connection?.send(errorOf(query, end.code))
      case 'stream-error':
      case 'drop':
        return connection?.end(end)
      case 'silence':
        return
    }
  }
}

/** The query with which a client logs itself out. */
const removal = 'md set remove-companion-device'

function removeDevice(device: LinkedDevice, query: BinaryNode): void {
  device.connection?.send(resultOf(query))
  logOut(device)
}

/** Unlinks a device: its socket ends with 401, and so does every later login. */
export function logOut(device: LinkedDevice): void {
  device.owner.devices.delete(device.id)
  device.connection?.end({ kind: 'stream-error', code: 401 })
}

/** The GraphQL queries, by the ids that WhatsApp Web has for them. */
function answerMex({ owner }: LinkedDevice, query: BinaryNode): BinaryNode[] {
  const data: Record<string, unknown> = {
    [QueryIds.REACHOUT_TIMELOCK]: {
      [XWAPaths.xwa2_fetch_account_reachout_timelock]: timelockView(owner.timelock),
    },
    [QueryIds.MESSAGE_CAPPING_INFO]: {
      [XWAPaths.xwa2_message_capping_info]: newChatCapView(owner.newChatCap),
    },
  }
  const asked = childAt(query, 'query')?.attrs['query_id'] ?? ''
  return [node('result', {}, Buffer.from(JSON.stringify({ data: data[asked] ?? null })))]
}

export function timelockView({ isActive, endsAt, type }: Timelock): Record<string, unknown> {
  const ends = endsAt === null ? {} : { time_enforcement_ends: String(endsAt) }
  return { is_active: isActive, enforcement_type: type, ...ends }
}

function newChatCapView({ total, used, status }: NewChatCap): Record<string, unknown> {
  return { total_quota: total, used_quota: used, capping_status: status }
}

/** No collection of the app state has anything in it. */
function emptyAppState(query: BinaryNode): BinaryNode[] {
  const collections = getBinaryNodeChildren(childAt(query, 'sync'), 'collection')
  const empty = collections.map(({ attrs: { name, version } }) =>
    node('collection', { name, version: version ?? '0', has_more_patches: 'false' }),
  )
  return [node('sync', {}, empty)]
}
