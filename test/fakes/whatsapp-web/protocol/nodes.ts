import { type BinaryNode, getBinaryNodeChild, S_WHATSAPP_NET } from '@whiskeysockets/baileys'

/** Reading and building binary nodes, the XML-like stanzas of WhatsApp. */

export type Attributes = Record<string, string>

/** Builds a node. Attributes without a value are left out. */
export function node(
  tag: string,
  attributes: Record<string, string | undefined> = {},
  content?: BinaryNode['content'],
): BinaryNode {
  const attrs: Attributes = {}
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value
  return content === undefined ? { tag, attrs } : { tag, attrs, content }
}

/** The first child of a node, whatever its tag. */
export function firstChild({ content }: BinaryNode): BinaryNode | undefined {
  return Array.isArray(content) ? content[0] : undefined
}

/** The child at a path of tags. */
export function childAt(from: BinaryNode | undefined, ...path: string[]): BinaryNode | undefined {
  return path.reduce<BinaryNode | undefined>((at, tag) => getBinaryNodeChild(at, tag), from)
}

/** The bytes that a node has for content. Throws when it has none. */
export function bytesOf(from: BinaryNode | undefined): Buffer {
  const content = from?.content
  if (content === undefined || Array.isArray(content))
    throw new Error(`no bytes in ${from?.tag ?? 'no node'}`)
  return Buffer.from(content)
}

/** The content of a node as text; '' when it has none. */
export function textOf(from: BinaryNode | undefined): string {
  const content = from?.content
  return content === undefined || Array.isArray(content) ? '' : Buffer.from(content).toString()
}

/** The positive answer to a query. */
export function resultOf(query: BinaryNode, content: BinaryNode[] = []): BinaryNode {
  return node(
    'iq',
    { from: S_WHATSAPP_NET, id: query.attrs['id'], type: 'result', t: nowInSeconds() },
    content,
  )
}

/** The negative answer to a query. */
export function errorOf(query: BinaryNode, code: number): BinaryNode {
  const error = node('error', { code: String(code), text: 'refused by a rule' })
  return node('iq', { from: S_WHATSAPP_NET, id: query.attrs['id'], type: 'error' }, [error])
}

/** A length of bytes as a big-endian number. */
export function bigEndian(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntBE(value, 0, bytes)
  return buffer
}

/** WhatsApp's timestamps are Unix seconds. */
export function nowInSeconds(): string {
  return String(Math.floor(Date.now() / 1_000))
}
