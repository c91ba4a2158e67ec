import type { Adopts } from '../../contract/activation.js'
import type { Sourced } from '../detect/provenance.js'
import type { Where } from '../detect/tree.js'
import type { Vhost } from './vhosts.js'

/** A service of a host that was set up by hand, as a config would say it. */
export interface Adopted {
  name: string
  kind: 'service' | 'site'
  /** What it was found as: the file of a unit, or of a server block. */
  at: Where
  package: Sourced<string>
  /** The words of its program; undefined: the package's main one. */
  run: Sourced<string[]> | undefined
  /** The port that it listens on; undefined: on none. */
  listen: Sourced<number> | undefined
  routes: Sourced<AdoptedRoute>[]
  /** The server blocks that it is served by. */
  vhosts: AdoptedVhost[]
  env: Record<string, Sourced<string>>
  /** Variables whose values are not read, or not written down. */
  open: { name: string; at: string; secret: boolean }[]
  /** What goes into its state directory; undefined: it keeps nothing that was found. */
  state: Sourced<true> | undefined
  assets: Sourced<string>[]
  /** Whether a user of its name is there. */
  adopt: Sourced<true> | undefined
  /** The page for paths of a site where no file is. */
  fallback: Sourced<string> | undefined
  /** What it would take over, where all server blocks stay. */
  claims: Adopts
  /** Why it can't be moved as it is: one sentence each. */
  hindrances: string[]
  /** What is as well to know. */
  notes: string[]
}

/** A URL that leads to it. */
export interface AdoptedRoute {
  url: string
  strip: boolean
  /** Whether the server block that has it stays the host's. */
  existing: boolean
  redirectFrom: string[]
}

/** Server blocks, and why what renews their certificates would fail once they have given way; undefined: it would not. */
export interface AdoptedVhost extends Vhost {
  renewal: string | undefined
}

/** Something that stays as it is, and why. */
export interface LeftAlone {
  what: string
  why: string
}

/** What a survey comes to. */
export interface Adoption {
  services: Adopted[]
  left: LeftAlone[]
}
