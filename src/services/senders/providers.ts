import type { Context } from '../../context.ts'
import type { Session } from '../../domain/sessions/session.ts'
import type { Provider, ProviderTraits } from '../../providers/contract.ts'

/** The name of the session that the shorthand `/auth/me/credentials` manages. */
export const shorthandSessionName = 'default'

/** A provider by its id. Throws for an id that no provider has: only a row of another version could name one. */
export function providerOf(ctx: Context, id: string): Provider {
  const provider = ctx.providers.get(id)
  if (provider === undefined) throw new Error(`there is no provider ${id}`)
  return provider
}

/** The traits of a session's provider. */
export function traitsOf(ctx: Context, { provider }: Pick<Session, 'provider'>): ProviderTraits {
  return providerOf(ctx, provider).traits
}

/** Whether a session holds a connection of its own, whose state says whether it can send. */
export function hasConnection(ctx: Context, { provider }: Pick<Session, 'provider'>): boolean {
  return providerOf(ctx, provider).connections !== undefined
}

/** The provider whose sessions are linked to a phone. Throws when there is none, likewise. */
export function linkingProvider(ctx: Context): Provider {
  const found = [...ctx.providers.values()].find(({ connections }) => connections !== undefined)
  if (found === undefined) throw new Error('no provider holds connections')
  return found
}

/** The one provider that has a trait. Throws when there is none: the list of providers is not complete. */
export function providerWith(ctx: Context, trait: 'isPlayground' | 'hasShorthand'): Provider {
  const found = [...ctx.providers.values()].find(({ traits }) => traits[trait])
  if (found === undefined) throw new Error(`no provider has the trait ${trait}`)
  return found
}

/** The provider whose sessions are paired with a phone and hold a connection. Throws when there is none. */
export function providerOfDevices(ctx: Context): Provider {
  const found = [...ctx.providers.values()].find(({ connections }) => connections !== undefined)
  if (found === undefined) throw new Error('no provider holds connections')
  return found
}

/** The name of the playground session that every account has from the start: the id of its provider. */
export function builtInName(ctx: Context): string {
  return providerWith(ctx, 'isPlayground').id
}

/** Whether a session is the playground that every account has from the start. */
export function isBuiltIn(ctx: Context, { name }: Pick<Session, 'name'>): boolean {
  return name === builtInName(ctx)
}
