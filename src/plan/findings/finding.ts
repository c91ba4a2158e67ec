import type { ServiceConfig } from '../../config/resolved.js'
import type { Report } from '../../contract/report.js'
import type { Unlocked } from '../inputs.js'

/** One thing a deploy needs, and whether it is so. */
export interface Finding {
  name: string
  ok: boolean
  /** What was found. */
  found: string
  /** What helps; only where it isn't ok. */
  fix?: string
  /** Whether a deploy can not go on with it as it is. */
  blocks: boolean
  /** What a deploy says of it; only where it blocks. */
  problem?: string
}

/** What the deployer contributes to findings. */
export interface Here {
  /** Seconds since 1970. */
  time: number
  /** As `uname -m` names it. */
  machine: string
  /** Whether Nix is installed here. */
  nix: boolean
  /** Whether packages for this host are built on it. */
  buildsThere: boolean
  /** What was found of an agent that does not answer. */
  agent?: string | undefined
  /** What the host's packages are built from, and is not locked; undefined: nobody looked. */
  unlocked?: readonly Unlocked[] | undefined
}

/** What is looked at. */
export interface Subject {
  host: string
  report: Report
  /** The services that the host is to serve; none where it only has systems. */
  services: readonly ServiceConfig[]
  /** undefined: what depends on the deployer is left out. */
  here?: Here | undefined
}

/** A finding; where it isn't ok, with what helps, and with what a deploy says of it if it can't go on. */
export function finding(
  name: string,
  ok: boolean,
  found: string,
  { fix, problem }: { fix: string; problem?: string | undefined } = { fix: '' },
): Finding {
  if (ok) return { name, ok, found, blocks: false }
  return problem === undefined
    ? { name, ok, found, fix, blocks: false }
    : { name, ok, found, fix, blocks: true, problem }
}

/** The command that makes a host ready. */
export function setupCommand({ host }: Pick<Subject, 'host'>): string {
  return `slipway setup ${host}`
}
