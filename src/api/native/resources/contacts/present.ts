import type { z } from 'zod'
import type { ContactWindow } from '../../../../domain/contacts/window.ts'
import type { windowAnswer } from './schema.ts'

export function presentWindow(window: ContactWindow & { address: string }): z.input<typeof windowAnswer> {
  return {
    success: true,
    data: {
      address: window.address,
      open: window.open,
      lastInboundAt: window.lastInboundAt?.toISOString() ?? null,
      closesAt: window.closesAt?.toISOString() ?? null,
    },
  }
}
