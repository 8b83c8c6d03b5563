import { perContext, type Context } from '../../context.ts'
import type { TemplateContent } from '../../domain/messages/content.ts'
import { within } from '../../kit/concurrency/within.ts'
import type { TemplateOwner } from '../../db/stores/templates/templates.ts'
import { refreshTemplates, type TemplateSource } from './refresh.ts'

/** How long a send waits for the provider before it is let through. */
const patienceMs = 1_500
/** How long an answer about one template stands, whoever asks. */
const standsMs = 5_000
/** Questions about one business in a minute at most: Meta allows an app 200 an hour, of which each takes one. */
const questionsAMinute = 3
const minuteMs = 60_000

/** The questions about the templates of one business, and the answer to the last of them. */
interface Questions {
  recent: { template: string; atMs: number }[]
  /** True: the list is what the provider answered. */
  answer: Promise<boolean>
  isOpen: boolean
}

const asked = perContext(() => new Map<string, Questions>())
const businessesMax = 1_000

/**
 * Asks the provider for the list before a send is refused by it. True: what is stored now is its answer. False: it could
 * not be asked, or not in time, so nothing may be refused. Sends that ask together ask once, and an answer stands for
 * some seconds, longer where many templates are asked about.
 */
export function confirmTemplates(
  ctx: Context,
  source: TemplateSource,
  { name, language }: TemplateContent,
): Promise<boolean> {
  const template = `${name} ${language}`
  const nowMs = performance.now()
  const key = keyOf(source)
  const last = asked(ctx).get(key)
  const recent = (last?.recent ?? []).filter(({ atMs }) => atMs > nowMs - minuteMs)
  if (last !== undefined && isAnswered(last, { recent, template, nowMs })) return last.answer
  const questions: Questions = {
    recent: [...recent, { template, atMs: nowMs }],
    answer: ask(ctx, source).finally(() => {
      questions.isOpen = false
    }),
    isOpen: true,
  }
  remember(asked(ctx), key, questions)
  return questions.answer
}

function isAnswered(
  { isOpen }: Questions,
  { recent, template, nowMs }: { recent: Questions['recent']; template: string; nowMs: number },
): boolean {
  const again = recent.some((one) => one.template === template && one.atMs > nowMs - standsMs)
  return isOpen || again || recent.length >= questionsAMinute
}

async function ask(ctx: Context, source: TemplateSource): Promise<boolean> {
  try {
    const refusal = await within(patienceMs, refreshTemplates(ctx, source), 'late' as const)
    return refusal === null
  } catch (error) {
    ctx.log.warn({ err: error, accountId: source.accountId }, 'templates could not be confirmed')
    return false
  }
}

/** The oldest is forgotten first. */
function remember(entries: Map<string, Questions>, key: string, questions: Questions): void {
  entries.delete(key)
  entries.set(key, questions)
  const [oldest] = entries.keys()
  if (entries.size > businessesMax && oldest !== undefined) entries.delete(oldest)
}

const keyOf = ({ accountId, businessAccountId }: TemplateOwner) => `${accountId} ${businessAccountId}`
