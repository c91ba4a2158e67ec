import type { HostConfig } from '../config/resolved.js'
import type { HostFacts } from '../contract/report.js'
import { SlipwayError } from '../errors.js'
import { copyTo } from '../nix/nix-command.js'
import type { Login } from '../remote/login.js'
import { becomeWith } from '../remote/password.js'
import { runProgram } from '../run-program.js'
import { timed } from './debug.js'
import type { Engine } from './engine.js'
import type { AllPrepared } from './prepare.js'
import { settle } from './settle.js'
import { signPaths, unsignedError } from './signing.js'
import { sshThatSends } from './ssh-that-sends.js'

/** The login over which Nix reaches a host. */
type Reached = Pick<Login, 'host' | 'destination' | 'sshOptions'>

/**
 * Copies closures to a host over the login that is open already; signed, where the login's key is for one service.
 * @throws SlipwayError where the host has no room, or takes none of it.
 */
export async function ship(
  engine: Pick<Engine, 'tell'>,
  login: Reached,
  facts: Pick<HostFacts, 'nixStore' | 'became' | 'key'>,
  paths: readonly string[],
  host: Pick<HostConfig, 'become' | 'substitutes'>,
): Promise<void> {
  if (paths.length === 0) return
  const signed = facts.key !== null
  if (signed) await signPaths(login.host, paths)
  const { become, first } = becomeWith({ name: login.host, become: host.become })
  const command = copyTo(storeUrl(login.destination, facts, become), [...new Set(paths)], {
    substitutes: host.substitutes,
    signed,
  })
  const ssh = first === undefined ? undefined : await sshThatSends(first)
  const result = await timed(engine, login.host, command, () =>
    runProgram(command.program, command.args, {
      env: { NIX_SSHOPTS: login.sshOptions().join(' '), ...ssh?.env },
    }),
  ).finally(() => ssh?.remove())
  if (result.exitCode === 0) return
  if (/lacks a (valid )?signature|no signature|not signed by/.test(result.stderr))
    throw unsignedError(login.host, result.stderr)
  const full = /No space left on device/.test(result.stderr)
  throw new SlipwayError({
    what: full ? `the disk of ${login.host} is full` : `copying to ${login.host} failed`,
    why: result.stderr.split('\n').slice(-8).join('\n'),
    still: 'What served before serves still.',
    next: full ? 'Make room there: `nix-collect-garbage` removes packages no release needs.' : undefined,
  })
}

/**
 * Copies everything that a deploy may need while the host still reports, where that can work without knowing the host:
 * for root's login with nix-store on its PATH. Where nothing is missing this takes a question and an answer, for which
 * nobody who finds nothing to do need wait. Tells whether all is there now; otherwise {@link ship} does it.
 */
export async function shipEarly(
  engine: Pick<Engine, 'tell'>,
  login: Reached & { agent: Pick<Login['agent'], 'hello'> },
  { services, systems }: AllPrepared,
  host: Pick<HostConfig, 'become' | 'substitutes'>,
): Promise<boolean> {
  const { became, key } = login.agent.hello
  if (became || key !== null) return false
  const paths = [...services.map(({ built }) => built.package), ...systems.map(({ path }) => path)]
  const facts = { nixStore: null, became: false, key: null }
  return (await settle(ship(engine, login, facts, paths, host))).ok
}

/** `ssh://` is asked to run nix-store by its full path, since a login's PATH may lack it, and as root. */
export function storeUrl(
  destination: string,
  facts: Pick<HostFacts, 'nixStore' | 'became'>,
  become: readonly string[],
): string {
  const program = facts.nixStore ?? 'nix-store'
  const asRoot = facts.became ? `${become.join(' ')} ${program}` : program
  return `ssh://${destination}?remote-program=${encodeURIComponent(asRoot)}`
}
