import { guide, samplesAt, type Installation } from './guide.ts'
import { write, type Operations } from './sample.ts'

/** The guide for language models, in Markdown: the same words, the samples in curl. Source: llmstxt.org. */
export function llmsText(installation: Installation, now: Date, operations: Operations): string {
  const { base } = installation
  const samples = samplesAt(now)
  const sections = guide(installation).map(({ title, markdown }) => {
    const text = markdown.replaceAll(/```sample\n(.+)\n```/g, (_, id: string) => {
      const sample = samples[id]
      if (sample === undefined) throw new Error(`the guide shows ${id}, which is no sample`)
      const answer = sample.answer === undefined ? '' : `\n\n${fenced('json', JSON.stringify(sample.answer))}`
      return fenced('sh', write(sample, { language: 'curl', base, operations })) + answer
    })
    return `## ${title}\n\n${linked(text, base)}`
  })
  return `# Hermod

> A self-hosted WhatsApp messaging gateway: one HTTP API at ${base} over your own Meta credentials. Send with \`POST /send-message\`, follow with \`GET /messages/{id}\` or signed webhooks.

- [OpenAPI document](${base}/openapi.json): every endpoint, field, status and example
- [Guide](${base}/developers): this text for people, with samples in JavaScript and Python
- [Explorer](${base}/docs): try every endpoint

Rules to keep: send \`Authorization: Bearer $HERMOD_KEY\` with every request but \`POST /auth/register\`; numbers are E.164 digits without \`+\`; unknown fields are refused with 400; a 202 means stored, not delivered; give every send an \`Idempotency-Key\` and repeat it when no answer came; outside of the 24-hour window send templates only.

${sections.join('\n\n')}
`
}

/** Links as they lead from anywhere. */
function linked(text: string, base: string): string {
  return text.replaceAll('](/', `](${base}/`).replaceAll('](#', `](${base}/developers#`)
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
