import type { CacheHas, CacheProblem } from '../contract/cache.js'
import type { HostEvent } from '../contract/events.js'
import type { Holder } from '../contract/failure.js'
import type { CheckEvent, CheckResult } from '../nix/flake-checks.js'
import type { DiffLine } from '../nix/hashes/diff.js'
import type { BuildEvent } from '../nix/internal-json.js'
import type { Unlocked } from '../plan/inputs.js'
import type { HostPlan } from '../plan/plan.js'

/** What engine functions tell while they work: data, which the CLI turns into lines and a server into rows. */
export type EngineEvent =
  | BuildProgress
  | CheckProgress
  | HostProgress
  | CacheProgress
  | ActivationProgress
  | { type: 'planned'; plans: HostPlan[] }
  | DebugEvent

type BuildProgress =
  | { type: 'build'; event: BuildEvent }
  | { type: 'built' }
  /** What is built from is not locked; `why`: it could not be. */
  | { type: 'unlocked'; unlocked: Unlocked; why: string | undefined }
  /** Inputs were written to a flake's lock file. */
  | { type: 'locked-inputs'; flake: string; inputs: string[] }
  /** What putting right the hashes of a project would change in it. */
  | { type: 'hashes-differ'; diff: DiffLine[] }

type CheckProgress =
  | { type: 'check'; event: CheckEvent }
  | { type: 'checked' }
  /** A check failed that the deploy needs. */
  | { type: 'check-failed'; result: CheckResult }

type HostProgress =
  | { type: 'making-throwaway'; host: string; name: string }
  | { type: 'throwaway-log'; line: string }
  | { type: 'set-up'; host: string; change: string }
  /** The host goes on with the version of the agent that it has. */
  | { type: 'agent-kept'; host: string; why: string }
  | { type: 'sending-source'; host: string }
  /** The host fetches or builds a service's package by itself. */
  | { type: 'host-builds'; host: string; service: string }
  /** Certificates are being got for domains. */
  | { type: 'certificates'; host: string; domains: string[] }
  /** The host goes on to get them by itself. */
  | { type: 'certificates-later'; host: string }

type CacheProgress =
  /** The host of a cache told its key: the lock file trusts it now, trusts another, or could not be written. */
  | { type: 'cache-key'; cache: string; what: 'learned' | 'differs' | 'not-kept'; file: string }
  /** Builds here go on without a cache. */
  | { type: 'cache-passed-over'; cache: string; why: string }
  /** A host has fetched packages from caches, or could not. */
  | { type: 'cache-fetched'; host: string; found: CacheHas[]; problems: CacheProblem[] }

type ActivationProgress =
  /** Somebody else works on the host, and is waited for. */
  | { type: 'locked'; host: string; holder: Holder | null }
  /** A host tells of its activation. */
  | { type: 'host'; host: string; about: 'service' | 'system' | 'activation'; event: HostEvent }
  /** The connection was lost. The host is looked for until a time, in milliseconds since 1970. */
  | { type: 'lost'; host: string; until: number }
  | { type: 'found-again'; host: string }
  /** The host is told to stop, and to put back what was there. */
  | { type: 'stopping'; host: string }
  /** The deployer itself found something, and does not confirm. */
  | { type: 'not-confirmed'; host: string; why: string }
  /** The host did not take the confirmation. */
  | { type: 'confirmation-refused'; host: string; why: string }

/** What was run or asked, and how long it took. No secret is part of it. */
export interface DebugEvent {
  type: 'debug'
  what: 'ssh' | 'nix' | 'call'
  /** null: this machine. */
  host: string | null
  text: string
  ms: number
}
