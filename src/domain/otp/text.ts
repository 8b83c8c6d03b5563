import { codeShape, maskedCode } from './code.ts'

/** A text that carries a code, as it is to be sent and as it may be shown. */
export interface CodeText {
  text: string
  /** The code that is all of the text, or the only one in a sentence; null: there is none, or more than one. */
  code: string | null
  /** Everything in it that may be a code is masked. */
  masked: string
}

/** 4 to 15 letters and digits with a digit among them, two groups of three digits, or digits of another script. */
const codes =
  /(?<![A-Za-z0-9])(?:\d{3}[ -]\d{3}|(?=[A-Za-z]*\d)[A-Za-z0-9]{4,15})(?![A-Za-z0-9])|(?:(?!\d)\p{Nd}){4,15}/gu
/** Words in capitals, which are a code where nothing else is one. */
const capitals = /(?<![A-Za-z0-9])[A-Z]{4,15}(?![A-Za-z0-9])/g
const linkMarks = ['//', 'www.', '@']

/** A code in a link works with the whole link only. */
function withoutLinks(text: string): string {
  return text
    .split(/\s/)
    .filter((word) => !linkMarks.some((mark) => word.includes(mark)))
    .join(' ')
}

/** Finds the code in a text. */
export function readCodeText(text: string): CodeText {
  const whole = text.trim()
  if (codeShape.test(whole)) return { text, code: whole, masked: maskedCode }
  const found = text.match(codes) ?? []
  const [only = '', ...more] = withoutLinks(text).match(codes) ?? []
  const isOnly = found.length === 1 && more.length === 0
  const code = only.replaceAll(/[ -]/g, '')
  return {
    text,
    code: isOnly && codeShape.test(code) ? code : null,
    masked: text.replaceAll(found.length > 0 ? codes : capitals, maskedCode),
  }
}
