import { note, sample, text, type Section } from './blocks.ts'

export const templates: Section = {
  id: 'templates',
  title: 'Your templates',
  blocks: [
    text(
      'Templates are written and approved at Meta. Save the id of your WhatsApp business account with the ' +
        'credentials (`whatsappBusinessAccountId`), and they can be read here:',
    ),
    sample({ id: 'templates', method: 'GET', path: '/templates?status=APPROVED' }),
    text('One of them, in all its languages, with the parameters that it takes in `components`:'),
    sample({ id: 'template-get', method: 'GET', path: '/templates/order_ready' }),
    text(
      'From then on a send that cannot work is refused at once with a `400`: a name or a language that does not ' +
        'exist, a template that is not approved, or parameters that do not fit. `details` says what is missing: ' +
        '`the template order_ready takes 2 body parameters: {{1}}, {{2}}; 1 was given`.',
    ),
    note(
      'What is not known is not refused: without the business account, or while Meta cannot be asked, the send is ' +
        'accepted and Meta decides. The sandbox has a few to look at: `GET /templates` with `session=sandbox`.',
    ),
  ],
}
