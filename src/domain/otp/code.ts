import { randomInt } from 'node:crypto'

/** A new code of so many digits, each as likely as any other. */
export function newCode(length: number): string {
  return randomInt(0, 10 ** length)
    .toString()
    .padStart(length, '0')
}

/** Stands where a code stood, so that its length tells nothing. */
export const maskedCode = '••••••'

/** Codes that apps bring along, and fixed codes of test numbers: what an authentication template takes as well. */
export const codeShape = /^[A-Za-z0-9]{4,15}$/

/**
 * A code as people type it, as it was sent: without the spaces and hyphens by which it was grouped, in ASCII digits
 * whatever the keyboard.
 */
export function typedCode(text: string): string {
  return text.replaceAll(/[\s-]/g, '').replaceAll(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
}

/** Unicode has the ten digits of each script in a row, and the row begins with nought. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0
  let zero = point
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && point - zero < 9) zero -= 1
  return point - zero
}
