/** The body of `POST /{phone-number-id}/messages` that marks a customer's message as read. Source: Meta, "Mark messages as read". */
export interface ReadRequest {
  messaging_product: 'whatsapp'
  status: 'read'
  message_id: string
  /** Shows that an answer is being written, until it comes or for 25 seconds. Source: Meta, "Typing indicators". */
  typing_indicator?: { type: 'text' }
}

export function readRequest({ externalId, typing }: { externalId: string; typing: boolean }): ReadRequest {
  return {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: externalId,
    ...(typing && { typing_indicator: { type: 'text' } }),
  }
}
