import type { proto } from '@whiskeysockets/baileys'

/** Contact cards of a message, in the shape in which cards are sent: the name, and the numbers of its vCard. */
export function contactsOf(cards: readonly proto.Message.IContactMessage[]): Record<string, unknown>[] {
  return cards.slice(0, 257).map(({ displayName, vcard }) => {
    const lines = unfolded(vcard ?? '')
    const name = displayName ?? valueOf(lines.find((line) => /^FN[;:]/i.test(line)) ?? '')
    return {
      name: { formatted_name: name },
      phones: lines.filter((line) => /^(item\d+\.)?TEL[;:]/i.test(line)).map(phoneOf),
      emails: lines
        .filter((line) => /^(item\d+\.)?EMAIL[;:]/i.test(line))
        .map((line) => ({ email: valueOf(line) })),
    }
  })
}

function phoneOf(line: string): Record<string, string> {
  const waId = /waid=(\d+)/i.exec(line)?.[1]
  const type = /type=(\w+)/i.exec(line)?.[1]
  return {
    phone: valueOf(line),
    ...(type !== undefined && { type: type.toUpperCase() }),
    ...(waId !== undefined && { wa_id: waId }),
  }
}

/** Lines that begin with a blank go on the line before (RFC 2426). */
function unfolded(vcard: string): string[] {
  return vcard
    .slice(0, 65_536)
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
}

function valueOf(line: string): string {
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\\([\\;,])/g, '$1')
    .trim()
}
