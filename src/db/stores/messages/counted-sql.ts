import { dryRunMark } from '../../../domain/messages/status.ts'

/** SQL: the word under which a message is counted. Dry runs are counted apart, because they are listed and no sends. */
export const countedAs = (status: string): string =>
  `case when dry_run then '${dryRunMark}' || ${status} else ${status} end`
