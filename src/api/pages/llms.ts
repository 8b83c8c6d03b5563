import type { Block } from './guide/blocks.ts'
import { guide } from './guide/index.ts'
import { write } from './sample.ts'

/** The guide for language models, in Markdown: the same words, the samples in curl. Source: llmstxt.org. */
export function llmsText(base: string, now: Date): string {
  const sections = guide(base, now).map(
    ({ title, blocks }) => `## ${title}\n\n${blocks.map((block) => markdown(block, base)).join('\n\n')}`,
  )
  return `# Hermod

> A self-hosted WhatsApp messaging gateway: one HTTP API at ${base} over your own Meta credentials. Send with \`POST /send-message\`, follow with \`GET /messages/{id}\` or signed webhooks.

- [OpenAPI document](${base}/openapi.json): every endpoint, field, status and example
- [Guide](${base}/developers): this text for people, with samples in JavaScript and Python
- [Explorer](${base}/docs): try every endpoint

Rules to keep: send \`Authorization: Bearer $HERMOD_KEY\` with every request but \`POST /auth/register\`; numbers are E.164 digits without \`+\`; unknown fields are refused with 400; a 202 means stored, not delivered; give every send an \`Idempotency-Key\` and repeat it when no answer came; outside of the 24-hour window send templates only.

${sections.join('\n\n')}
`
}

function markdown(block: Block, base: string): string {
  switch (block.kind) {
    case 'text':
      return linked(block.text, base)
    case 'note':
      return `> ${linked(block.text, base)}`
    case 'table': {
      const line = (cells: string[]): string => linked(`| ${cells.join(' | ')} |`, base)
      return [line(block.head), line(block.head.map(() => '---')), ...block.rows.map(line)].join('\n')
    }
    case 'sample': {
      const answer = block.answer === undefined ? '' : `\n\n${fenced('json', JSON.stringify(block.answer))}`
      return fenced('sh', write(block.sample, 'curl', base)) + answer
    }
    case 'program':
      return Object.entries(block.texts)
        .map(([language, text]) => fenced(language === 'curl' ? '' : language, text))
        .join('\n\n')
    case 'json':
      return fenced('json', JSON.stringify(block.value))
  }
}

/** Links as they lead from anywhere. */
function linked(text: string, base: string): string {
  return text.replaceAll('](/', `](${base}/`).replaceAll('](#', `](${base}/developers#`)
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
