import type { BuildEvent } from './internal-json.js'

/**
 * How long builds ran. Nix may say that one has ended only when all have (2.8 does, where several are asked for), but
 * it counts at once those that are done and those that failed.
 */
export class BuildTimes {
  private readonly began = new Map<string, number>()
  private readonly ended = new Map<string, number>()
  /** When each was heard last. */
  private readonly heard = new Map<string, number>()
  private done = 0
  private readonly failures: number[] = []

  constructor(private readonly now: () => number = Date.now) {}

  /** Takes an event; says whether something got done that no event names. */
  add(event: BuildEvent): boolean {
    const at = this.now()
    if (event.type === 'building') this.began.set(event.derivation, at)
    if (event.type === 'building' || event.type === 'log') this.heard.set(event.derivation, at)
    if (event.type === 'built') this.end(event.derivation, at)
    if (event.type !== 'counted') return false
    while (this.failures.length < event.failed) this.failures.push(at)
    const more = event.done > this.done
    this.done = event.done
    return more
  }

  /** It was found to have ended by then. */
  end(derivation: string, at: number): void {
    this.ended.set(derivation, Math.min(at, this.ended.get(derivation) ?? at))
  }

  /** It failed: at the first failure after it was heard last. */
  fail(derivation: string): void {
    const heard = this.heard.get(derivation)
    const index = heard === undefined ? -1 : this.failures.findIndex((at) => at >= heard)
    const [at] = index < 0 ? [] : this.failures.splice(index, 1)
    if (at !== undefined) this.end(derivation, at)
  }

  /** In seconds; null: it did not run, or has not ended. */
  seconds(derivation: string): number | null {
    const [began, ended] = [this.began.get(derivation), this.ended.get(derivation)]
    return began === undefined || ended === undefined ? null : (ended - began) / 1000
  }
}
