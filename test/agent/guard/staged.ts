import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Around } from '../../../src/agent/activation/activate.js'
import { type ItemKind, ItemProblem } from '../../../src/agent/activation/item.js'
import type { Agent } from '../../../src/agent/agent.js'
import { bootId } from '../../../src/agent/guard/boot.js'
import { enliven, type Live } from '../../../src/agent/guard/live.js'
import { own } from '../../../src/agent/guard/owner.js'
import { EVENTS, type GuardFile, ITEMS } from '../../../src/agent/guard/record.js'
import type { GuardSettings, ItemState } from '../../../src/contract/activation.js'

export const ID = '0123456789abcdef'
export const NONCE = 'ab'.repeat(16)
export const FIRST_LOGIN = '192.0.2.1 40000 192.0.2.2 22'
export const NEW_LOGIN = '192.0.2.1 40001 192.0.2.2 22'

/** How an item of a kind that touches nothing behaves, and what was done with it. */
export interface Script {
  refusal?: string
  /** Why its activation fails. */
  fails?: string
  /** Why it can't be put back. */
  staysBroken?: string
  /** Why it turns bad once it is confirmed. */
  turnsBad?: string
  holds?: boolean
  confirm?: boolean
  revert?: boolean
  /** Ends when the activation may go on. */
  gate?: Promise<void>
}

/** A kind of item whose every item does what its script says; `done` lists what was asked of it. */
export function scripted(scripts: Record<string, Script>): { kind: ItemKind; done: string[] } {
  const done: string[] = []
  const of = (name: string) => scripts[name] ?? {}
  const did = (name: string, what: string) => done.push(`${name} ${what}`)
  const kind: ItemKind = {
    prepare: async (_agent, { kind: itemKind, name }) => ({
      version: 1,
      kind: itemKind,
      name,
      action: 'deploy',
      to: '2',
      from: '1',
      began: 0,
      confirm: of(name).confirm ?? true,
      revert: of(name).revert ?? true,
    }),
    refusal: async ({ record }) => of(record.name).refusal,
    activate: async (work) => {
      const { name } = work.record
      did(name, 'activate')
      await work.step('switch')
      await of(name).gate
      if (work.signal.aborted) throw new ItemProblem(String(work.signal.reason))
      if (of(name).fails !== undefined) throw new ItemProblem(of(name).fails)
    },
    became: async ({ record }) => record.to,
    undo: async (work) => {
      const { name } = work.record
      did(name, 'undo')
      await work.step('switch')
      if (of(name).staysBroken !== undefined) throw new ItemProblem(of(name).staysBroken)
    },
    holds: async (_agent, { name }) => of(name).holds ?? true,
    explain: async () => 'its last words',
    watch: async ({ record }) => {
      if (of(record.name).turnsBad !== undefined) throw new ItemProblem(of(record.name).turnsBad)
    },
    finish: async ({ record }) => {
      did(record.name, 'finish')
    },
    retire: async ({ record }) => {
      did(record.name, 'retire')
    },
    log: async ({ record }, result) => {
      did(record.name, `log ${result}`)
    },
  }
  return { kind, done }
}

const GUARD: GuardSettings = { policy: 'each', activateMs: 5000, confirmMs: 300, holdMs: 0, escalate: null }

/** An activation that is on record, of services with these names. */
export async function staged(
  agent: Agent,
  scripts: Record<string, Script>,
  settings: Partial<GuardSettings> = {},
): Promise<{ live: Live; around: Around; done: string[] }> {
  const guard: GuardFile = {
    version: 1,
    id: ID,
    who: 'me@here',
    what: 'deploy it',
    key: null,
    connection: FIRST_LOGIN,
    boot: await bootId(),
    nonce: NONCE,
    settings: { ...GUARD, ...settings },
    items: Object.keys(scripts).map((name) => ({
      kind: 'service' as const,
      name,
      to: 2,
      expected: 1,
      action: 'deploy' as const,
      hooks: true,
    })),
  }
  const dir = agent.places.guard(ID)
  await agent.files.makeFolder(join(dir, ITEMS))
  await agent.files.put(join(dir, EVENTS), '')
  await agent.files.put(join(dir, 'guard.json'), JSON.stringify(guard))
  await own(agent, dir)
  const { kind, done } = scripted(scripts)
  const nothing = async () => undefined
  const around: Around = {
    kinds: { service: kind, system: kind },
    prepareEscalation: nothing,
    escalate: nothing,
    afterwards: () => undefined,
  }
  return { live: await enliven(agent, dir, guard), around, done }
}

/** What an activation has told, `item step detail` a line. */
export function told({ events }: Live): string[] {
  return events.map(({ item, step, detail }) => [item, step, detail].filter(Boolean).join(' '))
}

/** The states of all items, by name. */
export function statesOf(live: Live): Record<string, ItemState | undefined> {
  const names = readdirSync(join(live.dir, ITEMS))
  return Object.fromEntries(
    names.map((name) => {
      const state = readdirSync(join(live.dir, ITEMS, name)).find((entry) => entry.startsWith('state-'))
      return [name, state?.slice('state-'.length) as ItemState | undefined]
    }),
  )
}
