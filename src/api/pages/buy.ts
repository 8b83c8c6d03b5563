import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { AppError, errorCodes } from '../../domain/app-error.ts'
import { priceText, type CreditPack } from '../../domain/billing/credit-pack.ts'
import { assertScope, authenticate, refusalOf } from '../../services/accounts/api-keys.ts'
import { packsForSale, startPackCheckout } from '../../services/billing/packs.ts'
import { baseOf } from '../http/base-url.ts'
import { limitRequests } from '../http/rate-limit.ts'
import { escapeHtml } from './escape-html.ts'
import { style } from './style.ts'

/** Where people buy credits: a form without scripts, which takes an API key and leads to a checkout of Stripe's. */
export const buyPath = '/billing/buy'

const form = z.object({
  key: z.string().trim(),
  credits: z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number),
})
const returned = z.object({ checkout: z.enum(['done', 'canceled']).optional() })
const bodyBytesMax = 4_096

/** The page and its form. Its answers are pages, also when something is wrong. */
export function buyPage(ctx: Context): FastifyPluginCallback {
  return (app, _options, done) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: bodyBytesMax },
      (_request, body, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(body.toString()))),
    )
    const route = { config: { scope: 'open' as const }, schema: { hide: true } }
    app.get(buyPath, route, (request, reply) => {
      const { checkout } = returned.safeParse(request.query).data ?? {}
      return sendPage(reply, 200, pageOf(ctx, checkout === undefined ? null : notices[checkout]))
    })
    app.post(buyPath, route, async (request, reply) => {
      try {
        return await sendPage(reply, 200, leadOn(await openCheckout(ctx, request, reply)))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const notice = error.details?.map(({ message }) => `The pack ${message}.`).join(' ') ?? error.message
        if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds)
        return sendPage(reply, errorCodes[error.code], pageOf(ctx, notice))
      }
    })
    done()
  }
}

const notices = {
  done: 'Thank you. Your credits are there as soon as Stripe has told us of the payment, within a minute as a rule.',
  canceled: 'Nothing was paid.',
} as const

async function openCheckout(ctx: Context, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const given = form.safeParse(request.body)
  if (!given.success) throw new AppError('bad_request', 'Enter your API key and choose a pack.')
  const { key, credits } = given.data
  const caller = await authenticate(ctx, { secret: key, verifyAtWrite: false })
  const refusal = refusalOf(caller, request.ip)
  if (refusal !== null) throw refusal
  await limitRequests(ctx, caller, reply)
  assertScope(caller, 'manage')
  const returnUrl = `${baseOf(ctx, request)}${buyPath}`
  return startPackCheckout(ctx, { account: caller.account, credits, returnUrl })
}

function sendPage(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; " +
        "frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    .send(html)
}

function pageOf(ctx: Context, notice: string | null): string {
  const said = notice === null ? '' : `<div class="note"><p>${escapeHtml(notice)}</p></div>`
  return wholePage('Buy credits', '', `${said}${formOf(ctx)}`)
}

function formOf(ctx: Context): string {
  const packs = forSale(ctx)
  if (packs === null) {
    return '<p>Credits are not for sale on this installation. Ask its operator for some.</p>'
  }
  const choices = packs.map(
    (pack, index) =>
      `<label class="pack"><input type="radio" name="credits" value="${pack.credits}" required` +
      `${index === 0 ? ' checked' : ''}> <strong>${pack.credits.toLocaleString('en-US')} credits</strong> ` +
      `<span>${escapeHtml(priceText(pack))}</span></label>`,
  )
  return `<form method="post" action="${buyPath}">
<fieldset><legend>Pack</legend>
${choices.join('\n')}
</fieldset>
<label class="key" for="key">Your API key</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" placeholder="sk_live_..." required>
<button type="submit">Go to payment</button>
<p class="small">You pay at Stripe. The key tells whose account the credits are for, and is not kept. It must be one that may
manage the account.</p>
</form>`
}

function forSale(ctx: Context): readonly CreditPack[] | null {
  try {
    return packsForSale(ctx)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** Goes on to Stripe. No redirect, which a browser would refuse after a form that may only lead here. */
function leadOn(url: string): string {
  const safe = escapeHtml(url)
  return wholePage(
    'Your checkout is open',
    `<meta http-equiv="refresh" content="0; url=${safe}">`,
    `<p><a href="${safe}" rel="noreferrer">Go on to Stripe</a>, should this page not do so by itself.</p>`,
  )
}

const formStyle = `
.narrow { max-width: 32rem; margin: 0 auto; padding: 0 1.25rem 4rem }
fieldset { border: 0; margin: 1.5rem 0; padding: 0 }
legend, .key { display: block; font-weight: 600; margin-bottom: .5rem; padding: 0 }
.pack { display: flex; gap: .75rem; align-items: baseline; padding: .875rem 1rem; margin: .5rem 0; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--shade); cursor: pointer }
.pack span { margin-left: auto; color: var(--soft) }
.pack:has(:checked) { border-color: var(--accent) }
input[type=password] { width: 100%; padding: .625rem .75rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: .375rem }
button { margin: 1.25rem 0 0; padding: .625rem 1.25rem; font: inherit; font-weight: 600; color: var(--paper);
  background: var(--accent); border: 0; border-radius: .375rem; cursor: pointer }
.narrow .note { margin-top: 1.25rem }
.small { font-size: .875rem; color: var(--soft) }
`

function wholePage(title: string, head: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Hermod: ${title}</title>
<link rel="icon" href="data:,">
${head}
<style>${style}${formStyle}</style>
</head>
<body>
<div class="narrow">
<header><h1>${title}</h1></header>
<main>
${main}
</main>
</div>
</body>
</html>
`
}
