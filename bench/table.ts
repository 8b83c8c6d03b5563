import type { Line } from './result.ts'

/** The lines as a Markdown table, which reads well in a terminal too. */
export function tableOf(lines: readonly Line[]): string {
  const header = ['scenario', 'what', 'measured', 'ratio', 'note']
  const rows = lines.map(({ scenario, what, value, unit, ratio, note }) => [
    scenario,
    what,
    `${numberText(value)} ${unit}`,
    ratio === undefined ? '' : `${ratio.value.toFixed(2)} of ${ratio.of}`,
    note ?? '',
  ])
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lineOf = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lineOf(header), rule, ...rows.map(lineOf)].join('\n')
}

/** Three digits that count. */
export function numberText(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
