import { z } from 'zod'
import type { DraftComponent, Finding } from '../draft.ts'
import { textOf } from './buttons.ts'

// Templates for one-time codes: Meta writes their text, and only how the code is taken over may be chosen.

const app = z.looseObject({
  package_name: z
    .string()
    .max(224)
    .regex(
      /^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$/,
      'must be a package name such as com.example.app',
    ),
  signature_hash: z.string().regex(/^[A-Za-z0-9+/=]{11}$/, 'must have exactly 11 characters of a hash'),
})
const otpTypes = ['COPY_CODE', 'ONE_TAP', 'ZERO_TAP']

/** The components of an authentication template. */
export function checkAuthentication(components: readonly DraftComponent[]): Finding[] {
  const at = (type: string) => components.findIndex((one) => one.type.toUpperCase() === type)
  const findings = components.flatMap((component, index) =>
    (checks[component.type.toUpperCase()]?.(component) ?? unknown(component)).map(({ path, message }) => ({
      path: ['components', index, ...path],
      message,
    })),
  )
  for (const type of ['BODY', 'BUTTONS']) {
    if (at(type) < 0) findings.push({ path: ['components'], message: `needs a component of type ${type}` })
  }
  return findings
}

const checks: Record<string, (component: DraftComponent) => Finding[]> = {
  BODY: ({ text }) =>
    text === undefined ? [] : [{ path: ['text'], message: 'is written by Meta: leave it out' }],
  FOOTER: checkFooter,
  BUTTONS: checkButtons,
}

function unknown({ type }: DraftComponent): Finding[] {
  return [{ path: ['type'], message: `${type} cannot stand in an authentication template` }]
}

function checkFooter({ text, code_expiration_minutes: minutes }: DraftComponent): Finding[] {
  const findings = text === undefined ? [] : [{ path: ['text'], message: 'is written by Meta: leave it out' }]
  const isFine = typeof minutes === 'number' && Number.isInteger(minutes) && minutes >= 1 && minutes <= 90
  return isFine
    ? findings
    : [...findings, { path: ['code_expiration_minutes'], message: 'must be a whole number from 1 to 90' }]
}

function checkButtons({ buttons = [] }: DraftComponent): Finding[] {
  const [button] = buttons
  if (button?.type.toUpperCase() !== 'OTP' || buttons.length !== 1) {
    return [{ path: ['buttons'], message: 'must be one button of type OTP' }]
  }
  const otpType = String(button['otp_type']).toUpperCase()
  const findings: Finding[] = ['text', 'autofill_text'].flatMap((field) =>
    button[field] === undefined ? [] : textOf(button, field, 25),
  )
  if (!otpTypes.includes(otpType)) {
    findings.push({ path: ['otp_type'], message: `must be one of: ${otpTypes.join(', ')}` })
  }
  if (otpType === 'ZERO_TAP' && button['zero_tap_terms_accepted'] !== true) {
    findings.push({
      path: ['zero_tap_terms_accepted'],
      message: 'must be true: Meta’s terms are to be accepted',
    })
  }
  if (otpType === 'ONE_TAP' || otpType === 'ZERO_TAP') {
    const apps = z.array(app).min(1).max(5).safeParse(button['supported_apps'])
    for (const { path, message } of apps.error?.issues ?? []) {
      findings.push({ path: ['supported_apps', ...path.map((part) => String(part))], message })
    }
  }
  return findings.map(({ path, message }) => ({ path: ['buttons', 0, ...path], message }))
}
