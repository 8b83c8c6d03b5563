import { z } from 'zod'
import { someOf } from '../../kit/some-of.ts'
import type { SettingsForm } from '../contract.ts'
import { newChatsPerDayDefault } from './settings.ts'

const proxyUrl = z
  .url({ protocol: /^https?$/, error: 'must be the http or https URL of a proxy' })
  .max(2048)
  .meta({ description: 'An HTTP proxy through which this device’s connection goes.' })
const newChatsPerDay = z
  .number()
  .int()
  .min(0)
  .max(10_000)
  .meta({
    description: `New chats that it may start in 24 hours; ${newChatsPerDayDefault} by default. Messages beyond wait.`,
  })
const groups = z.boolean().meta({ description: 'Messages in groups come in, too.' })
const statusUpdates = z.boolean().meta({ description: 'Status updates of contacts come in, too.' })
const sentElsewhere = z.boolean().meta({
  description: 'What the owner of the phone writes elsewhere is told as `message.sent_elsewhere`.',
})
const typing = z.boolean().meta({ description: 'The recipient sees that it types before a text arrives.' })

const fields = { proxyUrl, newChatsPerDay, groups, statusUpdates, sentElsewhere, typing }

/** The settings of a linked device, as the API asks for them. A proxy's password is never shown. */
export const deviceForm: SettingsForm = {
  create: z
    .strictObject({
      proxyUrl: proxyUrl.optional(),
      newChatsPerDay: newChatsPerDay.optional(),
      groups: groups.optional(),
      statusUpdates: statusUpdates.optional(),
      sentElsewhere: sentElsewhere.optional(),
      typing: typing.optional(),
    })
    .optional(),
  change: someOf({
    proxyUrl: proxyUrl.nullable().optional(),
    newChatsPerDay: newChatsPerDay.nullable().optional(),
    groups: groups.nullable().optional(),
    statusUpdates: statusUpdates.nullable().optional(),
    sentElsewhere: sentElsewhere.nullable().optional(),
    typing: typing.nullable().optional(),
  }).optional(),
  view: {
    settings: z.record(z.string(), z.unknown()).meta({ description: 'As you gave them.' }),
  },
  show: ({ settings }) => {
    const given = settings()
    const shown = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(fields, name)))
    return { settings: { ...shown, ...hidePassword(given['proxyUrl']) } }
  },
  examples: {
    create: {
      provider: 'linked-device',
      name: 'shop-phone',
      ratePerSecond: 0.5,
      settings: { newChatsPerDay: 50 },
    },
    view: () => ({ settings: { newChatsPerDay: newChatsPerDayDefault } }),
  },
}

function hidePassword(proxy: unknown): { proxyUrl?: string } {
  if (typeof proxy !== 'string' || !URL.canParse(proxy)) return {}
  const url = new URL(proxy)
  if (url.password !== '') url.password = '***'
  return { proxyUrl: url.href }
}
