/** One line of the table. */
export interface Line {
  /** Which scenario it belongs to. */
  scenario: string
  what: string
  value: number
  unit: 'messages/s' | 'deliveries/s' | 'requests/s' | 'ms' | 'MB' | 's'
  /** The value as a share of another one of the same run. */
  ratio?: { of: string; value: number }
  /** What helps to read it. */
  note?: string
}

/** What a scenario found: lines for the table, and numbers for whoever looks closer. */
export interface Found {
  lines: Line[]
  details?: unknown
}
