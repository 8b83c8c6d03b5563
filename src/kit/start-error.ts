/** Why a program cannot start, in words for its operator: what is in the way and what to change. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StartError'
  }
}
