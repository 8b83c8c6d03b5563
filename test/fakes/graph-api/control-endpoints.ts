import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { answerJson, isLoopback, readBody } from '../http.ts'
import { type Control, inboundInput, templateStatusInput } from './control.ts'
import { callbackSettingsPatch, phone, template } from './options.ts'
import { rule } from './rules.ts'

const order = z.enum(['given', 'reverse', 'shuffle'])
const token = z.strictObject({ token: z.string(), expired: z.boolean() })
const throughput = z.strictObject({ phoneNumberId: z.string(), mps: z.number().positive().nullable() })
const templates = z.strictObject({ wabaId: z.string().optional(), templates: z.array(template).nullable() })
const raw = z.strictObject({
  body: z.union([z.string(), z.record(z.string(), z.unknown())]),
  signature: z.enum(['valid', 'wrong', 'none']).default('valid'),
})

type Handler = (control: Control, body: unknown, query: URLSearchParams) => unknown

/** The control of a stand-in in a process of its own, under `/__control/`, as JSON, for this machine only. */
const handlers: Record<string, Handler> = {
  'GET stats': ({ ledger }) => ({ ...ledger.stats, kept: ledger.messages.length }),
  'GET ledger': ({ ledger }, _body, query) => readLedger(ledger, query),
  'GET rules': ({ rules }) => rules.list(),
  // Rules are replaced as a whole, so that a run never depends on what was left by another.
  'POST rules': ({ rules }, body) => {
    rules.replace(...z.array(rule).parse(body))
    return rules.list()
  },
  'DELETE rules': ({ rules }) => rules.clear(),
  'POST phones': (control, body) => control.addPhone(phone.parse(body)),
  'POST tokens': (control, body) => {
    const given = token.parse(body)
    if (given.expired) control.expireToken(given.token)
    else control.renewToken(given.token)
  },
  'POST throughput': (control, body) => {
    const given = throughput.parse(body)
    control.setThroughput(given.phoneNumberId, given.mps)
  },
  'POST templates': (control, body) => {
    const given = templates.parse(body)
    control.setTemplates(given.templates, given.wabaId)
  },
  'POST callbacks': (control, body) => control.configureCallbacks(callbackSettingsPatch.parse(body)),
  'POST release': (control, body) =>
    control.releaseCallbacks(z.strictObject({ order: order.default('given') }).parse(body ?? {}).order),
  'POST settled': (control) => control.callbacksSettled(),
  'POST inbound': (control, body) => ({ id: control.inbound(inboundInput.parse(body)) }),
  'POST template-status': (control, body) => control.templateStatus(templateStatusInput.parse(body)),
  'POST raw': async (control, body) => {
    const given = raw.parse(body)
    return { status: await control.postCallback(given.body, given.signature) }
  },
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
 * `?correlation=` or `?to=`: those messages. `?after=n&limit=m`: a page of all of them, in order of arrival.
 * `?counts`: how often each correlation id was accepted. Else a summary with the ids accepted twice.
 */
function readLedger(ledger: Control['ledger'], query: URLSearchParams): unknown {
  const correlation = query.get('correlation')
  if (correlation !== null) {
    return { count: ledger.timesAccepted(correlation), messages: ledger.byCorrelation(correlation) }
  }
  const to = query.get('to')
  if (to !== null) return { messages: ledger.byRecipient(to) }
  if (query.has('counts')) return { counts: Object.fromEntries(ledger.counts()) }
  if (query.has('after') || query.has('limit')) {
    const after = Number(query.get('after') ?? 0)
    return { messages: ledger.messages.slice(after, after + Number(query.get('limit') ?? 1_000)) }
  }
  const { accepted, distinct, withoutCorrelation } = ledger.stats
  return { accepted, distinct, withoutCorrelation, duplicates: ledger.duplicates() }
}
