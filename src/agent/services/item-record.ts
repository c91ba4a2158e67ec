import type { Adopts, ServiceItem } from '../../contract/activation.js'
import type { Slot } from '../../contract/service.js'
import type { ItemRecord } from '../activation/item.js'

/** What a service is to become, and what would be put back. */
export interface ServiceRecord extends ItemRecord {
  kind: 'service'
  action: ServiceItem['action']
  /** The release it is to become. */
  toNumber: number
  /** The release that serves; null for none. */
  fromNumber: number | null
  /** The release that must be current still, as the deployer knows it. */
  expected: number | null
  percent: number | null
  hooks: boolean
  /** What it was called until now; undefined: as it is called. */
  renames?: string | undefined
  /** What it takes over; undefined: nothing. */
  adopts?: Adopts | undefined
  /** Who asks; undefined: a deployer of before projects had names. */
  project?: string | undefined
  /** Whether what is another project's may be replaced. */
  takeOver?: boolean | undefined
  /** The slot that serves. */
  slot: Slot | null
  toSlot: Slot
  /** Whether anything that runs has to be started anew. */
  restart: boolean
}
