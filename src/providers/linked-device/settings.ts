import { z } from 'zod'

/** The settings of one linked device. */
export const deviceSettings = z.strictObject({
  /** An HTTP proxy through which the device's connection goes. */
  proxyUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  /** Chats with new people that it may start in 24 hours. */
  newChatsPerDay: z.number().int().min(0).max(10_000).optional(),
  /** Messages in groups are reported, too. */
  groups: z.boolean().optional(),
  /** Status updates of contacts are reported, too. */
  statusUpdates: z.boolean().optional(),
  /** Messages that the owner of the phone writes elsewhere are reported, too. */
  sentElsewhere: z.boolean().optional(),
  /** Shows that it types before it sends. */
  typing: z.boolean().optional(),
})
export type DeviceSettings = z.infer<typeof deviceSettings>

/** How many chats with new people a device may start in 24 hours, unless its owner says otherwise. */
export const newChatsPerDayDefault = 50
