import type { Context } from '../../context.ts'
import { reportVerifications } from '../../db/stores/otp/end.ts'
import { newId } from '../../kit/id.ts'

/** The payload of the button "I didn't request a code" of an authentication template. Source: Meta, "Authentication templates". */
export const notRequestedPayload = 'DID_NOT_REQUEST_CODE'

/**
 * Cancels the verifications whose recipients did not ask for them, told by the messages that carried their codes, and
 * counts them against prefix and client. A report that comes again changes nothing.
 */
export async function reportNotRequested(
  ctx: Context,
  reports: readonly { accountId: string; externalId: string }[],
): Promise<void> {
  if (reports.length === 0) return
  const count = await reportVerifications(
    ctx.db,
    reports.map((report) => ({ ...report, id: newId() })),
  )
  if (count > 0) ctx.log.info({ count }, 'recipients of codes did not ask for them')
}
