import { inboundInteractive } from './inbound-interactive.ts'
import { inboundMedia } from './inbound-media.ts'
import { inboundChanges, inboundSenders, inboundSystem, inboundUnsupported } from './inbound-other.ts'
import { inboundObjects, inboundTexts } from './inbound-plain.ts'
import type { InboundSample } from './sample.ts'

/** Every kind of message that a user can send, as it stands in `value.messages`. */
export const inboundSamples: readonly InboundSample[] = [
  ...inboundTexts,
  ...inboundObjects,
  ...inboundMedia,
  ...inboundInteractive,
  ...inboundChanges,
  ...inboundSystem,
  ...inboundUnsupported,
  ...inboundSenders,
]
