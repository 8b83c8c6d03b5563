import { until, type MessageView, type TestService } from './service.ts'

/** An account with a number of its own at the fake Graph, so that tests do not meet. */
export interface TestSender {
  key: string
  phoneNumberId: string
  accessToken: string
  /** A recipient that nobody else in the run writes to. */
  recipient(): string
  /** Sends a text; throws unless it is accepted. Resolves with its id. */
  send(fields?: Record<string, unknown>): Promise<string>
  /** The path of this account's webhook at the receiver; deliveries there are verified. */
  hook: string
}

let numbers = 0
let recipients = 0

/** Connects a fresh account; its webhook is set to a path of its own when asked. */
export async function connectSender(
  hermod: TestService,
  { webhook = false }: { webhook?: boolean } = {},
): Promise<TestSender> {
  numbers += 1
  const phoneNumberId = `9${process.pid}${numbers}`
  const accessToken = `EAAtoken${phoneNumberId}`
  const displayPhoneNumber = `+1 646-200-${String(numbers).padStart(4, '0')}`
  hermod.graph.control.addPhone({ id: phoneNumberId, tokens: [accessToken], displayPhoneNumber })
  const key = await hermod.connect({ phoneNumberId, accessToken })
  const hook = `/hook-${phoneNumberId}`
  if (webhook) await setHook(hermod, key, hook)
  const recipient = (): string => {
    recipients += 1
    return `1415${String(5_550_000 + recipients)}`
  }
  return {
    key,
    phoneNumberId,
    accessToken,
    hook,
    recipient,
    async send(fields = {}) {
      const body = { to: recipient(), message: 'Hi', ...fields }
      const answer = await hermod.call('POST', '/send-message', { key, body })
      if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
      return answer.body.data.id
    },
  }
}

/** Points an account's webhook at a path of the receiver and lets the receiver know its secret. */
export async function setHook(hermod: TestService, key: string, path: string): Promise<void> {
  const url = `${hermod.receiver.url}${path}`
  const answer = await hermod.call('PUT', '/auth/me/webhook', { key, body: { url } })
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
  hermod.receiver.setSecret(answer.body.data.secret, path)
}

/** Reads messages until each was as wanted; one that was is not asked for again. `before` comes before each look. */
export async function messagesUntil(
  hermod: TestService,
  { key, ids }: { key: string; ids: string[] },
  wanted: (message: MessageView) => boolean,
  before: () => Promise<void> = async () => undefined,
): Promise<MessageView[]> {
  const found = new Map<string, MessageView>()
  const missing = () => ids.filter((id) => !found.has(id))
  await until(
    async () => {
      await before()
      const views = await readMessages(hermod, { key, ids: missing() })
      for (const view of views.filter(wanted)) found.set(view.id, view)
      return views.filter((view) => !wanted(view)).map(({ id, status }) => ({ id, status }))
    },
    (waiting) => waiting.length === 0,
    `${ids.length} messages`,
    25_000,
  )
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** Messages as they are now. */
export async function readMessages(
  hermod: TestService,
  { key, ids }: { key: string; ids: string[] },
): Promise<MessageView[]> {
  const answers = await Promise.all(ids.map((id) => hermod.call('GET', `/messages/${id}`, { key })))
  return answers.map(({ body }) => body.data)
}

/**
 * Makes the sweeper's time come for what waits, as if the grace of its doorbell were over. Spares a test the wait.
 */
export async function letGracePass(hermod: TestService): Promise<void> {
  await hermod.service.ctx.db.query(
    '',
    `update messages set wake_at = now(), due_at = least(due_at, now())
      where status in ('queued', 'retrying') and wake_at is not null`,
    [],
  )
}
