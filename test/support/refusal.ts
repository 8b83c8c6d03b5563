import { expect } from 'vitest'
import type { ErrorCode } from '../../src/domain/app-error.ts'
import type { Answer } from './service.ts'

/** What a refusal must be. `paths`: the fields that its details name, all of them, each at least once. */
export interface ExpectedRefusal {
  status: number
  code: ErrorCode
  paths?: string[]
}

/** Asserts that an answer is a refusal in the native envelope, to the letter, and of this kind. */
export function expectRefusal(answer: Answer, { status, code, paths }: ExpectedRefusal): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      success: false,
      error: expect.stringMatching(/\S/),
      code,
      requestId: answer.headers.get('x-request-id'),
      ...(paths !== undefined && { details: expect.any(Array) }),
    },
  })
  if (paths === undefined) return
  const details: unknown[] = answer.body.details
  for (const detail of details) {
    expect(detail).toEqual({ path: expect.any(String), message: expect.stringMatching(/\S/) })
  }
  expect(new Set(answer.body.details.map(({ path }: { path: string }) => path))).toEqual(new Set(paths))
}

/** A refusal of a request whose fields at these paths are wrong. */
export function expectInvalid(answer: Answer, ...paths: string[]): void {
  expectRefusal(answer, { status: 400, code: 'validation_failed', paths })
}
