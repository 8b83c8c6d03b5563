import type { Block, Section } from './guide/blocks.ts'
import { guide } from './guide/index.ts'
import { escape, inline } from './html.ts'
import { languages, write, type Language } from './sample.ts'
import { style } from './style.ts'

const names: Record<Language, string> = { curl: 'curl', javascript: 'JavaScript', python: 'Python' }

/** The guide as a page of its own, for an installation that is reached at `base`. */
export function developersPage(base: string, now: Date): string {
  const sections = guide(base, now)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hermod: guide for developers</title>
<meta name="description" content="Send WhatsApp messages, follow their delivery, and hear of it by webhook.">
<link rel="icon" href="data:,">
<link rel="alternate" type="text/plain" href="/llms.txt" title="llms.txt">
<link rel="service-desc" type="application/json" href="/openapi.json">
<style>${style}</style>
</head>
<body>
${languages.map(choice).join('\n')}
<div class="page">
<header>
<h1>Hermod for developers</h1>
<p>From the first key to the last receipt, on <code>${escape(base)}</code>.</p>
<div class="links"><a href="/docs">API explorer</a> <a href="/openapi.json">openapi.json</a> <a href="/llms.txt">llms.txt</a></div>
</header>
<div class="columns">
<nav aria-label="Contents"><details open><summary>Contents</summary>
<ol>${sections.map(({ id, title }) => `<li><a href="#${id}">${escape(title)}</a></li>`).join('')}</ol>
</details></nav>
<main>
${sections.map((section) => sectionHtml(section, base)).join('\n')}
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

function sectionHtml({ id, title, blocks }: Section, base: string): string {
  const body = blocks.map((block) => blockHtml(block, base)).join('\n')
  return `<section id="${id}">\n<h2><a href="#${id}">${escape(title)}</a></h2>\n${body}\n</section>`
}

function blockHtml(block: Block, base: string): string {
  switch (block.kind) {
    case 'text':
      return `<p>${inline(block.text)}</p>`
    case 'note':
      return `<p class="note">${inline(block.text)}</p>`
    case 'table':
      return tableHtml(block.head, block.rows)
    case 'sample': {
      const { sample, answer } = block
      const texts = languages.map((language): [Language, string] => [language, write(sample, language, base)])
      const told = answer === undefined ? '' : boxHtml('Answer', json(answer))
      return tabsHtml(texts, sample.id) + told
    }
    case 'program':
      return programHtml(block.texts)
    case 'json':
      return boxHtml('JSON', json(block.value))
  }
}

function tableHtml(head: string[], rows: string[][]): string {
  const cells = (tag: string, texts: string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${inline(text)}</${tag}>`).join('')}</tr>`
  const body = rows.map((row) => cells('td', row)).join('\n')
  return `<div class="table"><table><thead>${cells('th', head)}</thead><tbody>\n${body}\n</tbody></table></div>`
}

/** One text in several languages, of which the reader's choice shows. */
function tabsHtml(texts: [Language, string][], id: string): string {
  const labels = texts
    .map(([language]) => `<label for="lang-${language}">${names[language]}</label>`)
    .join('')
  const codes = texts.map(
    ([language, text]) =>
      `<pre class="in-${language}" data-sample="${id} ${language}" tabindex="0"><code>${escape(text)}</code></pre>`,
  )
  return `<div class="box"><div class="bar">${labels}</div>${codes.join('')}</div>`
}

/** A program stands there whatever is chosen: what there is in one language only is no choice. */
function programHtml(texts: Partial<Record<Language, string>>): string {
  return languages
    .flatMap((language) => {
      const text = texts[language]
      return text === undefined ? [] : [boxHtml(language === 'curl' ? null : names[language], text)]
    })
    .join('')
}

function boxHtml(title: string | null, text: string): string {
  const bar = title === null ? '' : `<div class="bar"><span>${escape(title)}</span></div>`
  return `<div class="box">${bar}<pre tabindex="0"><code>${escape(text)}</code></pre></div>`
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
