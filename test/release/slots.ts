import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Slot } from '../../src/contract/service.js'

/** How requests are counted: see docs/ARCHITECTURE.md, "On the host". */
const SHARES = 100

/** A service's slots as a host lays them out, for nginx to ask. */
export interface Slots {
  /** Makes a slot the current one, which takes all requests. */
  switchTo(slot: Slot): void
  /** Gives the other slot some hundredths of the requests. */
  share(canary: Slot, hundredths: number): void
  /** Gives all requests to the current slot again. */
  withdraw(): void
}

/** The slots of a service below a host's root. */
export function slotsOf(root: string, service: string): Slots {
  const folder = join(root, 'services', service)
  const inSlot = (slot: Slot, name: string) => join(folder, 'slots', slot, name)
  /** How many hundredths go to green while a slot is current. */
  const toGreen = (current: Slot, hundredths: number) => {
    const green = inSlot(current, 'green')
    mkdirSync(green, { recursive: true })
    for (const share of readdirSync(green)) if (Number(share) >= hundredths) rmSync(join(green, share))
    for (let share = 0; share < hundredths; share += 1) writeFileSync(join(green, String(share)), '')
  }
  const withdraw = () => {
    rmSync(inSlot('blue', 'green'), { recursive: true, force: true })
    rmSync(inSlot('green', 'blue'), { force: true })
    toGreen('green', SHARES)
  }
  mkdirSync(join(folder, 'slots', 'blue'), { recursive: true })
  writeFileSync(inSlot('blue', 'blue'), '')
  withdraw()
  return {
    switchTo(slot) {
      const next = join(folder, 'current.next')
      symlinkSync(`slots/${slot}`, next)
      renameSync(next, join(folder, 'current'))
    },
    share(canary, hundredths) {
      if (canary === 'green') return toGreen('blue', hundredths)
      writeFileSync(inSlot('green', 'blue'), '')
      toGreen('green', SHARES - hundredths)
    },
    withdraw,
  }
}
