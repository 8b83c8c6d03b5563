import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { answerJson, isLoopback, readBody } from '../../http.ts'
import { type Control, inboundInput, ownInput, receiptInput, restrictionInput } from './control.ts'
import type { Ledger } from './ledger.ts'
import { rule } from './rules.ts'

const scan = z.strictObject({ qr: z.string(), phone: z.string() })
const code = z.strictObject({ code: z.string(), phone: z.string() })
const device = z.strictObject({ device: z.string() })
const disconnect = z.strictObject({
  device: z.string(),
  why: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('stream-error'),
      code: z.int(),
      reason: z.string().exactOptional(),
    }),
    z.strictObject({ kind: z.literal('failure'), code: z.int() }),
    z.strictObject({ kind: z.literal('end') }),
    z.strictObject({ kind: z.literal('drop') }),
  ]),
})
const person = z.strictObject({ phone: z.string() })
const number = z.strictObject({ phone: z.string(), isOnWhatsApp: z.boolean() })
const cap = z.strictObject({
  phone: z.string(),
  total: z.int().exactOptional(),
  used: z.int().exactOptional(),
  status: z.enum(['NONE', 'FIRST_WARNING', 'SECOND_WARNING', 'CAPPED']).exactOptional(),
})
const preKeys = z.strictObject({ device: z.string(), left: z.int().min(0) })
const media = z.strictObject({ path: z.string() })

type Handler = (control: Control, body: unknown, query: URLSearchParams) => unknown

/** The control of a fake in a process of its own, under `/__control/`, as JSON, for this machine only. */
const handlers: Record<string, Handler> = {
  'GET ledger': ({ ledger }, _body, query) => readLedger(ledger, query),
  'GET devices': (control) => control.devices(),
  'GET pairings': (control) => control.pairings(),
  'GET sockets': ({ ledger }) => ({ sockets: ledger.sockets, overlaps: ledger.overlaps() }),
  'GET rules': ({ rules }) => rules.list(),
  // Rules are replaced as a whole, so that a run never depends on what was left by another.
  'POST rules': ({ rules }, body) => {
    rules.replace(...z.array(rule).parse(body))
    return rules.list()
  },
  'DELETE rules': ({ rules }) => rules.clear(),
  'POST scan': async (control, body) => ({ device: await control.scanQr(scan.parse(body)) }),
  'POST code': async (control, body) => ({ device: await control.enterCode(code.parse(body)) }),
  'POST inbound': async (control, body) => ({ id: await control.inbound(inboundInput.parse(body)) }),
  'POST own': async (control, body) => ({ id: await control.sendFromPhone(ownInput.parse(body)) }),
  'POST receipt': (control, body) => control.receipt(receiptInput.parse(body)),
  'POST disconnect': (control, body) => {
    const given = disconnect.parse(body)
    control.disconnect(given.device, given.why)
  },
  'POST stall': (control, body) => control.stall(device.parse(body).device),
  'POST logout': (control, body) => control.logOut(device.parse(body).device),
  'POST numbers': (control, body) => {
    const given = number.parse(body)
    control.setOnWhatsApp(given.phone, given.isOnWhatsApp)
  },
  'POST restriction': (control, body) => control.restrict(restrictionInput.parse(body)),
  'POST new-chat-cap': (control, body) => {
    const { phone, ...given } = cap.parse(body)
    control.setNewChatCap(phone, given)
  },
  'POST lose-sessions': (control, body) => control.loseSessions(person.parse(body).phone),
  'POST pre-keys': (control, body) => {
    const given = preKeys.parse(body)
    control.dropPreKeys(given.device, given.left)
  },
  'GET media': (control) => control.mediaPaths(),
  'DELETE media': (control, body) => ({ deleted: control.deleteMedia(media.parse(body).path) }),
  'POST reset': (control) => control.reset(),
}

/** Serves one control request; `path` is what follows `/__control/`. */
export async function serveControl(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopback(request)) return answerJson(response, 403, { error: 'loopback only' })
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const handler = handlers[`${request.method ?? ''} ${url.pathname.slice('/__control/'.length)}`]
  if (!handler) return answerJson(response, 404, { error: 'no such control', known: Object.keys(handlers) })
  try {
    const bytes = await readBody(request)
    const body: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString())
    answerJson(response, 200, (await handler(control, body, url.searchParams)) ?? { ok: true })
  } catch (error) {
    answerJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

/**
 * `?id=` or `?to=`: those messages. `?after=n&limit=m`: a page of all of them, in order of arrival.
 * Else everything but the messages, with what should not happen: conflicts, messages shown twice, overlaps.
 */
function readLedger(ledger: Ledger, query: URLSearchParams): unknown {
  const id = query.get('id')
  if (id !== null) return { messages: ledger.byId(id) }
  const to = query.get('to')
  if (to !== null) return { messages: ledger.byRecipient(to) }
  if (query.has('after') || query.has('limit')) {
    const after = Number(query.get('after') ?? 0)
    return { messages: ledger.messages.slice(after, after + Number(query.get('limit') ?? 1_000)) }
  }
  const { messages, receipts, pairings, refusedLogins, keyUploads, queries, faults } = ledger
  return {
    messages: messages.length,
    receipts,
    pairings,
    refusedLogins,
    keyUploads,
    queries,
    faults,
    conflicts: ledger.conflicts(),
    shownTwice: ledger.shownTwice(),
    overlaps: ledger.overlaps(),
  }
}
