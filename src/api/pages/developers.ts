import MarkdownIt from 'markdown-it'
import { errorCodes } from '../../domain/app-error.ts'
import { escapeHtml } from './escape-html.ts'
import { guide, samplesAt, type Installation, type Section } from './guide.ts'
import { languages, write, type Language, type Operations } from './sample.ts'
import { style } from './style.ts'

const names: Record<Language, string> = { curl: 'curl', javascript: 'JavaScript', python: 'Python' }

/** The guide as a page of its own, for an installation. */
export function developersPage(installation: Installation, now: Date, operations: Operations): string {
  const { base } = installation
  const sections = guide(installation)
  const markdown = rendererFor({ base, now, operations })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hermod: guide for developers</title>
<meta name="description" content="Send WhatsApp messages, follow their delivery, and hear of it by webhook.">
<link rel="icon" href="data:,">
<link rel="alternate" type="text/plain" href="llms.txt" title="llms.txt">
<link rel="service-desc" type="application/json" href="openapi.json">
<style>${style}</style>
</head>
<body>
${languages.map(choice).join('\n')}
<div class="page">
<header>
<h1>Hermod for developers</h1>
<p>From the first key to the last receipt, on <code>${escapeHtml(base)}</code>.</p>
<div class="links"><a href="docs">API explorer</a> <a href="openapi.json">openapi.json</a> <a href="llms.txt">llms.txt</a></div>
</header>
<div class="columns">
<nav aria-label="Contents"><details open><summary>Contents</summary>
<ol>${sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`).join('')}</ol>
</details></nav>
<main>
${sections.map((section) => sectionHtml(section, markdown)).join('\n')}
</main>
</div>
</div>
</body>
</html>
`
}

function choice(language: Language, index: number): string {
  const checked = index === 0 ? ' checked' : ''
  return `<input class="lang" type="radio" name="lang" id="lang-${language}" aria-label="Samples in ${names[language]}"${checked}>`
}

function sectionHtml({ id, title, markdown: text }: Section, markdown: MarkdownIt): string {
  return `<section id="${id}">\n<h2><a href="#${id}">${escapeHtml(title)}</a></h2>\n${markdown.render(text, { section: id })}\n</section>`
}

/** Markdown as the page shows it: tables that scroll, quotes as notes, and the fences of the guide. */
function rendererFor({
  base,
  now,
  operations,
}: {
  base: string
  now: Date
  operations: Operations
}): MarkdownIt {
  const markdown = new MarkdownIt({ html: false })
  const samples = samplesAt(now)
  // The page may stand below a path of a proxy's.
  const normalize = markdown.normalizeLink
  markdown.normalizeLink = (url) => normalize(url.startsWith('/') ? url.slice(1) : url)
  Object.assign(markdown.renderer.rules, {
    table_open: () => '<div class="table"><table>',
    table_close: () => '</table></div>',
    blockquote_open: () => '<div class="note">',
    blockquote_close: () => '</div>',
    code_inline(
      tokens: { content: string }[],
      index: number,
      _options: unknown,
      { section }: { section: string },
    ): string {
      const { content = '' } = tokens[index] ?? {}
      // The code of an error is a place on the page.
      const isPlace = section === 'errors' && Object.hasOwn(errorCodes, content)
      return `<code${isPlace ? ` id="${content}"` : ''}>${escapeHtml(content)}</code>`
    },
    fence(tokens: { info: string; content: string }[], index: number): string {
      const { info = '', content = '' } = tokens[index] ?? {}
      if (info !== 'sample') return boxHtml(titles[info] ?? null, content.trimEnd())
      const id = content.trim()
      const sample = samples[id]
      if (sample === undefined) throw new Error(`the guide shows ${id}, which is no sample`)
      const texts = languages.map((language): [Language, string] => [
        language,
        write(sample, { language, base, operations }),
      ])
      return tabsHtml(texts, id) + (sample.answer === undefined ? '' : boxHtml('Answer', json(sample.answer)))
    },
  })
  return markdown
}

/** The titles of boxes, by the language of their fence. */
const titles: Record<string, string> = { javascript: names.javascript, python: names.python, json: 'JSON' }

/** One text in several languages, of which the reader's choice shows. */
function tabsHtml(texts: [Language, string][], id: string): string {
  const labels = texts
    .map(([language]) => `<label for="lang-${language}">${names[language]}</label>`)
    .join('')
  const codes = texts.map(
    ([language, text]) =>
      `<pre class="in-${language}" data-sample="${id} ${language}" tabindex="0"><code>${escapeHtml(text)}</code></pre>`,
  )
  return `<div class="box"><div class="bar">${labels}</div>${codes.join('')}</div>`
}

function boxHtml(title: string | null, text: string): string {
  const bar = title === null ? '' : `<div class="bar"><span>${escapeHtml(title)}</span></div>`
  return `<div class="box">${bar}<pre tabindex="0"><code>${escapeHtml(text)}</code></pre></div>`
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
