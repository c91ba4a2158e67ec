import type { GuardSettings, Item } from '../../contract/activation.js'
import type { EventStep } from '../../contract/events.js'
import type { HistoryResult } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'

/** What an item is to become and what would be put back: on record before anything changes. */
export interface ItemRecord {
  version: 1
  kind: Item['kind']
  name: string
  action: string
  /** What it is to become: a release's number, a system's store path. */
  to: string
  /** What would be put back; null for nothing. */
  from: string | null
  /** Milliseconds since 1970. */
  began: number
  /** Whether it waits for a confirmation. */
  confirm: boolean
  /** Whether it is put back where its activation fails. */
  revert: boolean
}

/** How far a piece of work on an item is let go, and whom it tells. */
export interface ItemWork<R extends ItemRecord = ItemRecord> {
  agent: Agent
  activation: string
  /** Who deploys. */
  who: string
  guard: GuardSettings
  record: R
  /** The item's folder in the guard, for what must be known after a crash. */
  dir: string
  /** Aborted, with the reason as text, when the activation is to stop; never while something is put back. */
  signal: AbortSignal
  /**
   * Begins a step by its name, before what it does. Fails where the activation is no longer this process's to carry
   * on; crash tests stop it here.
   */
  step(name: string): Promise<void>
  tell(step: EventStep, detail?: string | null): Promise<void>
  /**
   * Resolves when all items that are activated beside this one have come this far, or have ended: what they change
   * together, such as a route that moves from one to another, is then changed as a whole.
   */
  together(): Promise<void>
}

/** Why an item could not become what it was to become, or could not be put back: one sentence for people. */
export class ItemProblem extends Error {
  override name = 'ItemProblem'
}

/** How a kind of item goes through an activation. Each function may be called again after a crash. */
export interface ItemKind<R extends ItemRecord = ItemRecord> {
  /** What would be changed and put back. Changes nothing. */
  prepare(agent: Agent, item: Item, dir: string): Promise<R>
  /** What stands against it, before anything of it is touched: one sentence; undefined: nothing. */
  refusal(work: ItemWork<R>): Promise<string | undefined>
  /** Makes it current. Throws {@link ItemProblem}. */
  activate(work: ItemWork<R>): Promise<void>
  /** What people are told that it has become: a release, a generation; null for nothing that has a name. */
  became(work: ItemWork<R>): Promise<string | null>
  /** Puts back exactly what was there. Throws {@link ItemProblem} that names what could not be. */
  undo(work: ItemWork<R>): Promise<void>
  /** Whether what is there is what the activation made or found, and nothing newer. */
  holds(agent: Agent, record: R): Promise<boolean>
  /** The last lines of what failed, for people; empty for none. */
  explain(work: ItemWork<R>): Promise<string>
  /** Looks at what was confirmed for as long as its config asks. Throws {@link ItemProblem} where it turned bad. */
  watch(work: ItemWork<R>): Promise<void>
  /** What follows a confirmation. */
  finish(work: ItemWork<R>): Promise<void>
  /** Lets go of what was there before: it will not be put back any more. */
  retire(work: ItemWork<R>): Promise<void>
  /** Writes the end into the item's history. */
  log(work: ItemWork<R>, result: HistoryResult): Promise<void>
}
