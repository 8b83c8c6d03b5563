import { invalidRequest } from '../../../../domain/app-error.ts'
import type { BulkItem } from '../../../../services/messages/accept-bulk.ts'
import { detailsOf } from '../../../http/errors.ts'
import { parseLeavingOut } from '../../../http/body/left-out.ts'
import { sendBody, toSendRequest } from './requests.ts'

/** Of one item; the first ones say enough. */
const detailsMax = 5

/**
 * Reads the items of a bulk request one by one, so that a wrong one spoils no other. Paths in its details are as
 * if the item had been sent alone.
 */
export function readItems(messages: unknown[]): { read(index: number): BulkItem; length: number } {
  return {
    length: messages.length,
    read(index) {
      const result = parseLeavingOut(sendBody, messages[index])
      if (result.success) return { request: toSendRequest(result.data) }
      const details = result.error.issues.flatMap(({ path, message, ...rest }) =>
        detailsOf('body', path.map(String), message, rest),
      )
      return { error: invalidRequest(details.slice(0, detailsMax), 'The message is not valid.') }
    },
  }
}
