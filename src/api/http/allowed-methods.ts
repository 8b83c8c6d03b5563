import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../domain/app-error.ts'
import { pathOf } from './base-url.ts'

interface Pattern {
  segments: string[]
  methods: Set<string>
}

/** The methods that a path takes, of all routes that are registered after `collectMethods`. */
export type MethodsOf = (path: string) => string[]

/** Notes every route of an app, so that a wrong method can be told from a path that there is not. */
export function collectMethods(app: FastifyInstance): MethodsOf {
  const patterns = new Map<string, Pattern>()
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = patterns.get(url) ?? { segments: segmentsOf(url), methods: new Set<string>() }
    for (const one of [method].flat()) pattern.methods.add(one)
    patterns.set(url, pattern)
  })
  return (path) => {
    const asked = segmentsOf(path)
    const methods = [...patterns.values()]
      .filter(({ segments }) => fits(segments, asked))
      .flatMap((pattern) => [...pattern.methods])
    return [...new Set(methods)].toSorted()
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function fits(pattern: readonly string[], asked: readonly string[]): boolean {
  if (pattern.at(-1) === '*') return false
  if (pattern.length !== asked.length) return false
  return pattern.every((segment, index) => segment.startsWith(':') || segment === asked[index])
}

/** The refusal of a request that no route takes; one for a path that takes other methods says which, in `Allow` too. */
export function refusalOfUnrouted(
  methodsOf: MethodsOf,
  request: FastifyRequest,
  reply: FastifyReply,
): AppError {
  const path = pathOf(request)
  const allowed = methodsOf(path)
  if (allowed.length === 0 || allowed.includes(request.method)) return noSuchPath(request)
  void reply.header('allow', allowed.join(', '))
  return new AppError('method_not_allowed', `${path} takes ${allowed.join(', ')}, and no ${request.method}.`)
}

/** The refusal of a request for a path that there is not. */
export function noSuchPath(request: FastifyRequest): AppError {
  return new AppError('not_found', `There is no ${request.method} ${pathOf(request)}.`)
}
