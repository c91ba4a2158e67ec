import type { SystemMode } from '../../contract/activation.js'
import type { ItemRecord } from '../activation/item.js'

/** What a system is to become and what would be put back. */
export interface SystemRecord extends ItemRecord {
  kind: 'system'
  /** The generation to go to, where it exists already. */
  generation: number | null
  mode: SystemMode
  /** Whose profile it is. */
  user: string
  profile: string
  /** The store path of what ran, which need not be what the profile was at; null for what is no NixOS system. */
  running: string | null
}
