import { prolongsLife, waitingReasonFrom, waitingReasons } from '../devices/waiting.ts'
import type { MessageState } from './message.ts'

/** Whether a message that is tried again later for this reason expires later, too: unless its sender named its life. */
export function isProlongedBy({ ttlSeconds }: MessageState, code: string): boolean {
  return ttlSeconds === null && prolongsLife(waitingReasonFrom(code))
}

/** The end of a life to which the wait for the next attempt does not count. */
export function expiryAfter(
  { expiresAt }: MessageState,
  { at, dueAt }: { at: Date; dueAt: Date },
): Date | null {
  return expiresAt === null ? null : new Date(expiresAt.getTime() + dueAt.getTime() - at.getTime())
}

/** The reason that a message which expired is shown with. */
export function expiryText({ waitingFor, errorMessage }: MessageState): string {
  const last = waitingFor === null ? errorMessage : waitingReasons[waitingFor].reason
  const reason = last === null ? '' : ` Last reason: ${last}`
  return `The message was not handed over within its time to live.${reason}`
}
