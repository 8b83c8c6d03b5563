import { answering, businessNumber, catalogId, received, wacid, type InboundSample } from './sample.ts'

/** Answers to buttons, lists, forms and requests. */
export const inboundInteractive = [
  {
    name: 'button, a quick reply of a template',
    source: 'webhooks/reference/messages/button',
    certainty: 'example',
    payload: received('BUTTON', {
      context: answering,
      type: 'button',
      button: { payload: 'ps_1_yes', text: 'Yes' },
    }),
  },
  {
    name: 'interactive, button_reply',
    source: 'webhooks/reference/messages/interactive',
    certainty: 'example',
    payload: received('BUTTONREPLY', {
      context: answering,
      type: 'interactive',
      interactive: { type: 'button_reply', button_reply: { id: 'cancel-42', title: 'Cancel' } },
    }),
  },
  {
    name: 'interactive, list_reply',
    source: 'webhooks/reference/messages/interactive',
    certainty: 'example',
    payload: received('LISTREPLY', {
      context: answering,
      type: 'interactive',
      interactive: {
        type: 'list_reply',
        list_reply: { id: 'express', title: 'Express Mail', description: 'Within 2 Days' },
      },
    }),
  },
  {
    name: 'interactive, list_reply without description',
    source: 'webhooks/reference/messages/interactive',
    certainty: 'composed',
    payload: received('LISTREPLYBARE', {
      context: answering,
      type: 'interactive',
      interactive: { type: 'list_reply', list_reply: { id: 'pickup', title: 'I pick it up' } },
    }),
  },
  {
    name: 'interactive, nfm_reply of a flow',
    source: 'flows/guides/receiveflowresponse',
    certainty: 'example',
    payload: received('FLOWREPLY', {
      context: answering,
      type: 'interactive',
      interactive: {
        type: 'nfm_reply',
        nfm_reply: {
          name: 'flow',
          body: 'Sent',
          response_json: '{"flow_token":"booking-42","date":"2026-01-15","guests":4}',
        },
      },
    }),
  },
  {
    name: 'interactive, nfm_reply of an address message',
    source: 'messages/address-messages',
    certainty: 'example',
    payload: received('ADDRESSREPLY', {
      context: answering,
      type: 'interactive',
      interactive: {
        type: 'nfm_reply',
        nfm_reply: {
          name: 'address_message',
          body: 'Ines Okafor\n +911155501422\n 400001, Hill View, Wing B, Mumbai, 3',
          response_json:
            '{"saved_address_id":"address1","values":{"in_pin_code":"400001","building_name":"","landmark_area":"Hill View","address":"Wing B","city":"Mumbai","name":"Ines Okafor","phone_number":"+911155501422","floor_number":"3"}}',
        },
      },
    }),
  },
  {
    // On its address page Meta also shows this shape, without `type` at the top and with `action` inside.
    name: 'interactive, nfm_reply of an address message, old shape',
    source: 'messages/address-messages',
    certainty: 'example',
    payload: received('ADDRESSOLD', {
      type: 'interactive',
      interactive: {
        type: 'interactive',
        action: 'address_message',
        nfm_reply: {
          name: 'address_message',
          response_json: '{"values":{"city":"Mumbai"}}',
          body: 'Mumbai',
        },
      },
    }),
  },
  {
    name: 'interactive, call_permission_reply, accepted for a time',
    source: 'calling/user-call-permissions',
    certainty: 'example',
    payload: received('CALLYES', {
      context: { from: businessNumber, id: wacid },
      type: 'interactive',
      interactive: {
        type: 'call_permission_reply',
        call_permission_reply: {
          response: 'accept',
          is_permanent: false,
          expiration_timestamp: '1764325200',
          response_source: 'user_action',
        },
      },
    }),
  },
  {
    name: 'interactive, call_permission_reply, for good and by itself',
    source: 'calling/user-call-permissions',
    certainty: 'composed',
    payload: received('CALLEVER', {
      context: { from: businessNumber, id: wacid },
      type: 'interactive',
      interactive: {
        type: 'call_permission_reply',
        call_permission_reply: { response: 'accept', is_permanent: true, response_source: 'automatic' },
      },
    }),
  },
  {
    name: 'interactive, call_permission_reply, refused',
    source: 'calling/user-call-permissions',
    certainty: 'composed',
    payload: received('CALLNO', {
      context: answering,
      type: 'interactive',
      interactive: {
        type: 'call_permission_reply',
        call_permission_reply: { response: 'reject', response_source: 'user_action' },
      },
    }),
  },
  {
    // Brazil: the user chose a card that the business has on file.
    name: 'interactive, payment_method',
    source: 'payments/payments-br/one-click-payments',
    certainty: 'example',
    payload: received('PAYMETHOD', {
      from_logical_id: '74244926160999',
      type: 'interactive',
      interactive: {
        type: 'payment_method',
        payment_method: {
          payment_method: 'offsite_card_pay',
          payment_timestamp: 1763720400,
          reference_id: 'order-4711',
          last_four_digits: '4242',
          credential_id: '7654321',
        },
      },
    }),
  },
  {
    // Documented since August 2026; that page's example was not found, only a reader of the field.
    name: 'interactive, product',
    source: 'webhooks/reference/messages/interactive (2026-08-03)',
    certainty: 'third-party',
    payload: received('PRODUCT', {
      context: answering,
      type: 'interactive',
      interactive: {
        type: 'product',
        product: { catalog_id: catalogId, product_retailer_id: 'sku-aloe-7' },
      },
    }),
  },
] as const satisfies readonly InboundSample[]
