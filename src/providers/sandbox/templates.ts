import type { Template } from '../../domain/templates/definition.ts'

/**
 * The templates of the sandbox: one of each kind that apps start with. It sends templates of any
 * other name too.
 */
export const sandboxTemplates: readonly Template[] = [
  {
    name: 'hello_world',
    language: 'en_US',
    externalId: null,
    status: 'APPROVED',
    reason: null,
    category: 'UTILITY',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Hello World' },
      { type: 'BODY', text: 'Welcome and congratulations!! This message shows that you can send.' },
      { type: 'FOOTER', text: 'A template of the sandbox' },
    ],
  },
  {
    name: 'order_ready',
    language: 'en_US',
    externalId: null,
    status: 'APPROVED',
    reason: null,
    category: 'UTILITY',
    components: [{ type: 'BODY', text: 'Hi {{1}}, your order {{2}} is ready to be picked up.' }],
  },
  {
    name: 'otp',
    language: 'en_US',
    externalId: null,
    status: 'APPROVED',
    reason: null,
    category: 'AUTHENTICATION',
    components: [
      { type: 'BODY', text: '*{{1}}* is your verification code.', add_security_recommendation: true },
      {
        type: 'BUTTONS',
        buttons: [
          {
            type: 'URL',
            text: 'Copy code',
            url: 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}',
          },
        ],
      },
    ],
  },
]
