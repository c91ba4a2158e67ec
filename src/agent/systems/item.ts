import type { ItemKind } from '../activation/item.js'
import { realPath } from '../files.js'
import { appendEntry } from '../journal/entries.js'
import { EXPLAIN_LINES, lastLines, readTail } from '../journal/tail.js'
import { activateSystem } from './activate.js'
import { historyPath, type SystemEntry } from './history.js'
import { outputOf } from './owner.js'
import { SYSTEM_PLACES, type SystemPlaces } from './places.js'
import { prepareSystem } from './prepare.js'
import { generationOf } from './profile.js'
import type { SystemRecord } from './record.js'
import { ownerOf } from './refusal.js'
import { undoSystem } from './undo.js'

/** Far more than the lines that people are shown take. */
const EXPLAIN_BYTES = 64 * 1024

/**
 * A NixOS configuration or a deploy-rs profile as an item of an activation. Its generations are those of a Nix
 * profile; none is ever deleted.
 */
export function createSystemItem(places: SystemPlaces = SYSTEM_PLACES): ItemKind<SystemRecord> {
  return {
    prepare: (agent, item, dir) => prepareSystem(agent, item, dir, places),
    refusal: async ({ agent, record }) => {
      const found = await ownerOf(agent, { path: record.to, user: record.user }, places)
      return 'problem' in found ? found.problem : undefined
    },
    activate: (work) => activateSystem(work, places),
    // A test makes no generation.
    became: async ({ record: { mode, profile } }) =>
      mode === 'test' ? null : textOf(await generationOf(profile)),
    undo: (work) => undoSystem(work, places),
    holds: async (_agent, { mode, profile, from, to }) => {
      if (mode === 'test' || textOf(await generationOf(profile)) === from) return true
      const at = await realPath(profile)
      return at !== undefined && at === (await realPath(to))
    },
    explain: async (work) => lastLines((await readTail(outputOf(work), EXPLAIN_BYTES)) ?? '', EXPLAIN_LINES),
    // systemd and the login have proved it already.
    watch: async () => undefined,
    finish: async () => undefined,
    retire: async () => undefined,
    log: async ({ agent, who, record }, result) => {
      const entry: SystemEntry = {
        at: `${new Date().toISOString().slice(0, -MILLISECONDS.length)}Z`,
        action: record.action,
        path: record.to,
        generation: textOf(await generationOf(record.profile)),
        from: record.from,
        by: who,
        seconds: Math.max(0, Math.round((Date.now() - record.began) / 10) / 100),
        result,
      }
      await appendEntry(agent, historyPath(agent, record.name), entry)
    },
  }
}

/** The end of a time that `toISOString` makes. */
const MILLISECONDS = '.000Z'

function textOf(generation: number | null): string | null {
  return generation === null ? null : String(generation)
}

export const systemItem: ItemKind<SystemRecord> = createSystemItem()
