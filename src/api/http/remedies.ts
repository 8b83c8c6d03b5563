import type { AppError, Remedy } from '../../domain/app-error.ts'
import { shorthandSessionName } from '../../services/senders/providers.ts'

// What to do about a refusal, by the routes of the native API: other APIs have none for it.

/** A refusal as one text: what is wrong, and what to do about it. */
export function wordRefusal({ message, remedy }: Pick<AppError, 'message' | 'remedy'>): string {
  return remedy === undefined ? message : `${message} ${remedyText(remedy)}`
}

function remedyText(remedy: Remedy): string {
  switch (remedy.do) {
    case 'connect_sender':
      return (
        'Save your Meta credentials with PUT /auth/me/credentials, ' +
        'or try the gateway with "session": "sandbox" or "dry_run": true.'
      )
    case 'choose_sender':
      return (
        'Name one in "session", or make one the default with PATCH /sessions/:id and {"default": true}. ' +
        `There are: ${remedy.names.map((name) => `"${name}"`).join(', ')}.`
      )
    case 'verify_sender':
      return `Mend it, then call ${verifyRoute(remedy)}.`
    case 'replace_sender':
      return 'Rename or delete it first, or use POST /sessions.'
    case 'pair_device':
      return `Pair it with POST /sessions/${remedy.sessionId}/pair, or connect it again if it was replaced.`
    case 'save_credentials':
      return remedy.again
        ? 'Save them again with PUT /auth/me/credentials or PATCH /sessions/:id.'
        : 'Save them first with PUT /auth/me/credentials.'
    case 'save_business_account':
      return (
        'Save its id: PUT /auth/me/credentials with whatsappBusinessAccountId, ' +
        'beside the other credentials.'
      )
    case 'check_business_account':
      return 'Check the access token and whatsappBusinessAccountId.'
    case 'open_portal':
      return 'Change or end it in the portal: GET /billing/portal.'
    case 'open_checkout':
      return 'Start one with POST /billing/checkout.'
    case 'save_text_template':
      return (
        'Make a utility template whose body has one variable with POST /templates, and name it in `textTemplate` ' +
        `with PUT /otp/services/${remedy.service}.`
      )
    case 'create_code_template':
      return `Make one with POST /otp/services/${remedy.service}/template; GET /templates shows when Meta has approved it.`
    case 'top_up':
      if (remedy.sold) return 'Buy more with POST /billing/credits/checkout, or on the page /billing/buy.'
      return 'Ask the operator of this installation for more; GET /billing/credits shows what became of yours.'
  }
}

/** The session of the shorthand has a route of its own. */
function verifyRoute({ name, sessionId }: Extract<Remedy, { do: 'verify_sender' }>): string {
  return name === shorthandSessionName
    ? 'POST /auth/me/credentials/verify'
    : `POST /sessions/${sessionId}/verify`
}
