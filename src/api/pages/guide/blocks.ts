import type { Language, Sample } from '../sample.ts'

/** A piece of the guide. Texts may have `code` and [links](/to) in them. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] }
  | { kind: 'sample'; sample: Sample; answer?: unknown }
  /** A program that is no call; in the languages that it makes sense in. */
  | { kind: 'program'; texts: Partial<Record<Language, string>> }
  | { kind: 'json'; value: unknown }

export interface Section {
  id: string
  title: string
  blocks: Block[]
}

/** An id as the examples show it. */
export const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'

export const text = (said: string): Block => ({ kind: 'text', text: said })
export const note = (said: string): Block => ({ kind: 'note', text: said })
export const table = (head: string[], rows: string[][]): Block => ({ kind: 'table', head, rows })
export const sample = (call: Sample, answer?: unknown): Block => ({ kind: 'sample', sample: call, answer })
