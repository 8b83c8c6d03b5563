/** Callbacks as Meta documents them, in parts that tests put together. */

export const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

export const wrap = (...entry: unknown[]) => ({ object: 'whatsapp_business_account', entry })

export const messagesChange = (value: Record<string, unknown>) => ({
  field: 'messages',
  value: {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
    ...value,
  },
})

/** A whole callback with one change of messages. */
export const messagesCallback = (value: Record<string, unknown>): Buffer =>
  bytes(wrap({ id: 'WABA', changes: [messagesChange(value)] }))

export const sentStatus = {
  id: 'wamid.1',
  status: 'sent',
  timestamp: '1750030073',
  recipient_id: '16505551234',
  biz_opaque_callback_data: 'our-message-uuid',
  conversation: { id: '72b1', expiration_timestamp: '1750116480', origin: { type: 'marketing' } },
  pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'marketing' },
}

export const failedStatus = {
  id: 'wamid.1',
  status: 'failed',
  timestamp: '1751142888',
  recipient_id: '16505551234',
  errors: [
    {
      code: 131049,
      title: 'This message was not delivered to maintain healthy ecosystem engagement.',
      message: 'This message was not delivered to maintain healthy ecosystem engagement.',
      error_data: { details: 'In order to maintain a healthy ecosystem engagement, it failed.' },
      href: '/documentation/business-messaging/whatsapp/support/error-codes',
    },
  ],
}

export const inbound = (fields: Record<string, unknown>) => ({
  from: '16505551234',
  id: 'wamid.IN',
  timestamp: '1749416383',
  ...fields,
})

export const textMessage = inbound({ type: 'text', text: { body: 'Does it come in another colour?' } })

export const card = { profile: { name: 'Sheena Nelson' }, wa_id: '16505551234' }

export const templateUpdate = {
  field: 'message_template_status_update',
  value: {
    event: 'REJECTED',
    message_template_id: 1689556908129832,
    message_template_name: 'order_confirmation',
    message_template_language: 'en_US',
    reason: 'INVALID_FORMAT',
    message_template_category: 'UTILITY',
  },
}
