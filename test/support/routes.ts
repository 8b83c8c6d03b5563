import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'

/** The routes of every server that is built while it runs, as `METHOD /path/:parameter`. */
export async function collectRoutes<T>(build: () => Promise<T>): Promise<{ built: T; routes: string[] }> {
  const routes = new Set<string>()
  // Fastify tells of each new server here, before any route is added to it.
  const listen = (message: unknown): void => {
    if (!isAnnouncement(message)) return
    message.fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.add(`${one} ${url}`)
    })
  }
  subscribe('fastify.initialization', listen)
  try {
    return { built: await build(), routes: [...routes].toSorted() }
  } finally {
    unsubscribe('fastify.initialization', listen)
  }
}

function isAnnouncement(message: unknown): message is { fastify: FastifyInstance } {
  return typeof message === 'object' && message !== null && 'fastify' in message
}
