import { isRecord } from '../../../kit/json/is-record.ts'

// How bodies are read before they are checked: clients of this API write fields in camel case or in snake case,
// and now and then a number for a text or a text for a boolean.

/** Fields whose names are not those of the rest. */
const namedOtherwise: Readonly<Record<string, string>> = {
  sessionKey: 'session_key',
  session_key: 'session_key',
}

const texts: ReadonlySet<string> = new Set(['to', 'message', 'caption', 'name', 'session_key', 'sessionId'])
const flags: ReadonlySet<string> = new Set([
  'ptt',
  'enabled',
  'alwaysOnline',
  'autoReadMessages',
  'rejectCalls',
  'typingIndicator',
  'linkPreview',
])
const flagWords: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false }

/** A body as its schema names and types its fields. What is no object stays as it is. */
export function readTolerantly(body: unknown): unknown {
  if (!isRecord(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([given, value]) => {
      const name =
        namedOtherwise[given] ?? given.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [name, valueOf(name, value)]
    }),
  )
}

function valueOf(name: string, value: unknown): unknown {
  if (texts.has(name) && typeof value === 'number') return String(value)
  if (flags.has(name) && (typeof value === 'string' || typeof value === 'number')) {
    return flagWords[String(value).toLowerCase()] ?? value
  }
  return value
}
