/**
 * What routes read without a validated schema, described by hand: headers that a hot path looks at itself, and
 * bodies that are taken as bytes. By method and path.
 */
export const extras: Record<string, { parameters?: object[]; requestBody?: object }> = {
  'post /send-message': { parameters: [idempotencyKey('order-1234-shipped')] },
  'post /messages/bulk': { parameters: [idempotencyKey('campaign-7-part-1')] },
  'post /media': upload(),
  'post /billing/webhook': stripeEvent(),
  'post /webhooks/whatsapp': metaCallback(),
  'post /webhooks/whatsapp/{sessionId}': metaCallback(),
}

function idempotencyKey(example: string): object {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      `A name of your own for this request, such as ${example}. Sent again within 24 hours with the same body, ` +
      'it answers as the first time (with `Idempotency-Replayed: true`) and sends nothing. With another body: 409.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
  }
}

function stripeEvent(): { parameters: object[]; requestBody: object } {
  const subscription = {
    id: 'sub_1MowQVLkdIwHu7ixeRlqHVzs',
    object: 'subscription',
    customer: 'cus_Na6dX7aXxi11N4',
  }
  const event = { id: 'evt_1MqqbKLt4dXK03v5qaIbiNCC', object: 'event', type: 'customer.subscription.updated' }
  return {
    parameters: [
      {
        name: 'Stripe-Signature',
        in: 'header',
        required: true,
        description: '`t=` and a time, `v1=` and the HMAC-SHA256 of time and raw body, as Stripe makes it.',
        schema: { type: 'string' },
        example: `t=1750030073,v1=${'0a'.repeat(32)}`,
      },
    ],
    requestBody: {
      required: true,
      description: 'As Stripe sends it, read as bytes: the signature covers them.',
      content: {
        'application/json': {
          schema: { type: 'object' },
          example: { ...event, data: { object: subscription } },
        },
      },
    },
  }
}

function upload(): { requestBody: object } {
  const bytes = { type: 'string', format: 'binary' }
  const type = {
    type: 'string',
    description:
      'The type of the file, such as image/jpeg, if its own part does not say it; or its kind, to check.',
    // The explorer fills its form with it, and leaves out what is empty.
    example: '',
  }
  const session = {
    type: 'string',
    description: 'Which sender, by id or name; the default if absent.',
    example: 'sandbox',
  }
  return {
    requestBody: {
      required: true,
      description: 'A form with the file, or the file itself under its own Content-Type.',
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            required: ['file'],
            additionalProperties: false,
            properties: { file: bytes, type, session },
          },
          example: { file: '(the bytes of the file)', type: 'image/jpeg', session: 'sandbox' },
        },
        'image/jpeg': { schema: bytes, example: '(the bytes of the file)' },
      },
    },
  }
}

function metaCallback(): { parameters: object[]; requestBody: object } {
  const status = {
    id: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
    status: 'delivered',
    timestamp: '1750030073',
    recipient_id: '14155552671',
    biz_opaque_callback_data: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
  }
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
    statuses: [status],
  }
  const entry = { id: '102290129340398', changes: [{ field: 'messages', value }] }
  return {
    parameters: [
      {
        name: 'X-Hub-Signature-256',
        in: 'header',
        required: true,
        description: '`sha256=` and the HMAC-SHA256 of the raw body with the secret of the Meta app, in hex.',
        schema: { type: 'string' },
        example: `sha256=${'0a'.repeat(32)}`,
      },
    ],
    requestBody: {
      required: true,
      description: 'As Meta sends it, read as bytes: the signature covers them.',
      content: {
        'application/json': {
          schema: { type: 'object' },
          example: { object: 'whatsapp_business_account', entry: [entry] },
        },
      },
    },
  }
}
