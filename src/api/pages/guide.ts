import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { plans } from '../../domain/accounts/plan.ts'
import type { Sample } from './sample.ts'
import { followingSamples } from './samples/following.ts'
import { sendingSamples } from './samples/sending.ts'

// The guide is prose in Markdown, in docs/guide. A fence named `sample` holds the id of a call, which is written in
// every language; the fence `plans` stands for the table of plans; {base} is the address of this installation.
// A section whose heading names a surface is there when that surface is.

/** A section of the guide, its text in Markdown. */
export interface Section {
  id: string
  title: string
  /** The surface that it is about, if any. */
  surface?: string | undefined
  markdown: string
}

/** The part of an installation that the guide depends on: its address, and the surfaces that are switched on. */
export interface Installation {
  base: string
  surfaces: readonly string[]
}

/** The same folder from src/api/pages and from dist/api/pages. */
const folder = fileURLToPath(new URL('../../../docs/guide/', import.meta.url))
const heading = /^## (.+) \{#([\w-]+)(?: surface=([\w-]+))?\}$/m

/** The sections of the guide in their order, for an installation. */
export function guide({ base, surfaces }: Installation): Section[] {
  return sections()
    .filter(({ surface }) => surface === undefined || surfaces.includes(surface))
    .map((section) => ({ ...section, markdown: section.markdown.replaceAll('{base}', base) }))
}

/** The calls that the guide shows, by id. */
export function samplesAt(now: Date): Record<string, Sample> {
  return { ...sendingSamples(now), ...followingSamples(now) }
}

let read: Section[] | null = null

/** The files are part of the program, so they are read once. */
function sections(): Section[] {
  read ??= readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .flatMap((name) => sectionsOf(readFileSync(folder + name, 'utf8')))
  return read
}

function sectionsOf(text: string): Section[] {
  // A pattern with groups splits into what is between: text, title, id, surface, text, title, id, surface, text ...
  const [, ...parts] = text.split(heading)
  const found: Section[] = []
  for (let at = 0; at + 3 < parts.length; at += 4) {
    const [title = '', id = '', surface, markdown = ''] = parts.slice(at, at + 4)
    found.push({ id, title, surface, markdown: markdown.trim().replaceAll('```plans\n```', plansTable()) })
  }
  return found
}

function plansTable(): string {
  const rows = Object.entries(plans).map(([name, plan]) => [
    name,
    plan.requestsPerMinute?.toLocaleString('en-US') ?? 'no limit',
    plan.bulkItemsMax?.toLocaleString('en-US') ?? 'set by the operator',
  ])
  const head = ['Plan', 'Requests a minute', 'Items in bulk']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
