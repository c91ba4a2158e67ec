import type { Role, Token } from '../store/tokens.js'

/** Who asks: the server's owner over its socket, or whoever has a token. */
export interface Actor {
  name: string
  role: Role
  /** The sources it is for; null: all. */
  sources: string[] | null
}

const RANKS: readonly Role[] = ['viewer', 'deployer', 'admin']

/** Whoever can open the socket is who started the server, or root. */
export const OWNER: Actor = { name: 'owner', role: 'admin', sources: null }

export function actorOf({ name, role, sources }: Token): Actor {
  return { name: `token ${name}`, role, sources }
}

/** Whether somebody has a role, or a greater one. */
export function hasRole(actor: Actor, role: Role): boolean {
  return RANKS.indexOf(actor.role) >= RANKS.indexOf(role)
}

/** Whether a source is any of somebody's business. */
export function sees(actor: Actor, source: string): boolean {
  return actor.sources === null || actor.sources.includes(source)
}
