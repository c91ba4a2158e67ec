import type { ItemKind } from '../activation/item.js'
import { activateService } from './activate.js'
import { explainService, finishService, logService, retireService, watchService } from './afterwards.js'
import type { ServiceDeps } from './deps.js'
import type { ServiceRecord } from './item-record.js'
import { prepareService } from './prepare.js'
import { refusal } from './refusal.js'
import { currentRelease } from './slots.js'
import { undoService } from './undo.js'

/**
 * A service as an item of an activation: makes a release current, or puts the old one back. Whatever happens on the way,
 * the service ends on the old release or the new one.
 */
export function serviceItem(deps: ServiceDeps): ItemKind<ServiceRecord> {
  return {
    prepare: prepareService,
    refusal: (work) => refusal(work, deps),
    activate: (work) => activateService(work, deps),
    became: async ({ record }) => record.to,
    undo: (work) => undoService(work, deps),
    holds: async (agent, { name, toNumber, fromNumber }) => {
      const current = (await currentRelease(agent, name)) ?? null
      return current === toNumber || current === fromNumber
    },
    explain: explainService,
    watch: watchService,
    finish: finishService,
    retire: (work) => retireService(work, deps),
    log: logService,
  }
}
