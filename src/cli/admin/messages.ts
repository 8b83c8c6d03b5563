import { z } from 'zod'
import { findOwnerOf, getMessage, type MessageHistory } from '../../services/messages/manage.ts'
import { AppError } from '../../domain/app-error.ts'
import { table, UsageError, wordsOf, type Command } from './command.ts'

export const messageCommands: Command[] = [
  {
    name: 'messages show',
    usage: '<message>',
    summary: 'Where a message of any account stands, its timeline and attempts. Not what it says.',
    async run(ctx, input) {
      const [id = ''] = wordsOf(input, '<message>')
      if (!z.uuid().safeParse(id).success) throw new UsageError(`"${id}" is no id of a message`)
      const accountId = await findOwnerOf(ctx, id)
      if (accountId === null) throw new AppError('message_not_found', `There is no message ${id}.`)
      const view = viewOf(accountId, await getMessage(ctx, accountId, id))
      return { data: view, lines: linesOf(view) }
    },
  },
]

/** The course of a message; its texts are between its account and their customers. */
function viewOf(accountId: string, { message, timeline, attempts }: MessageHistory) {
  const { id, direction, status, sessionId, address, errorCode, errorMessage, externalId, createdAt } =
    message
  const facts = { id, accountId, direction, status, sessionId, address, errorCode, errorMessage, externalId }
  return { ...facts, createdAt, timeline, attempts }
}

function linesOf(view: ReturnType<typeof viewOf>): string[] {
  const { id, accountId, direction, status, sessionId, address, externalId, timeline, attempts } = view
  const error = view.errorCode === null ? [] : [`${view.errorCode}: ${view.errorMessage ?? ''}`]
  return [
    `Message ${id} of account ${accountId}: ${direction}, ${status}`,
    `Sender ${sessionId}, the other side ${address}, the provider's id ${externalId ?? 'none'}`,
    ...error,
    '',
    ...table(
      ['at', 'status', 'detail'],
      timeline.map((entry) => [entry.at.toISOString(), entry.status, entry.detail ?? '']),
    ),
    '',
    ...table(
      ['attempt', 'outcome', 'code', 'detail'],
      attempts.map((one) => [String(one.attempt), one.outcome, one.code ?? '', one.detail ?? '']),
    ),
  ]
}
