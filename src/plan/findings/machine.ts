import { SHORT_OF_ROOM_KB } from '../../contract/room.js'
import { type Finding, finding, type Here, type Subject, setupCommand } from './finding.js'

/** Clocks further apart than this confuse logs, certificates and timers. */
const MAX_CLOCK_SKEW_SECONDS = 30
/** Clocks no further apart than this are in step: the report itself takes time. */
const CLOCK_STEP_SECONDS = 2
/** The oldest Nix that has flakes and `path-info --json` as slipway uses them. */
const OLDEST_NIX = [2, 8] as const
/** The oldest systemd with `append:` and `Type=exec`. */
const OLDEST_SYSTEMD = 240
/** Less than this and a deploy would fill the disk while it copies. */
const MIN_FREE_KB = 100 * 1024

/** Whether its systemd can run services. */
export function systemdFindings(subject: Subject): Finding[] {
  const { systemd, unitDir, unitDirUsed } = subject.report.host
  const runs = systemd > 0
  return [
    finding('systemd', systemd >= OLDEST_SYSTEMD, runs ? `version ${systemd}` : 'not running', {
      fix: runs ? `slipway needs systemd ${OLDEST_SYSTEMD} or newer` : 'slipway needs systemd',
      problem: runs ? undefined : 'systemd is not running',
    }),
    finding('units', unitDirUsed, unitDir, {
      fix: `${setupCommand(subject)} says which lines the NixOS configuration needs`,
      problem: subject.services.length > 0 ? `systemd does not look for units in ${unitDir}` : undefined,
    }),
  ]
}

/** Whether its Nix takes packages, and builds them where it is to. */
export function nixFindings(subject: Subject): Finding[] {
  const { nix, nixFeatures } = subject.report.host
  const fix = setupCommand(subject)
  const installed = finding('Nix', newEnough(nix), nix ? `version ${nix}` : 'not installed', {
    fix,
    problem: nix ? undefined : 'Nix is not installed',
  })
  if (!subject.here) return [installed]
  const ok = !subject.here.buildsThere || nixFeatures.split(' ').includes('flakes')
  return [installed, finding('Nix settings', ok, nixFeatures || 'no experimental features', { fix })]
}

function newEnough(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  return major > OLDEST_NIX[0] || (major === OLDEST_NIX[0] && minor >= OLDEST_NIX[1])
}

/** Whether there is room for packages and releases. */
export function diskFindings({ host, report: { host: facts } }: Subject): Finding[] {
  const fix = `make room: slipway gc ${host} removes what no release needs`
  return [diskFinding('/nix/store', facts.freeStoreKb, fix), diskFinding('/var/lib', facts.freeVarKb, fix)]
}

function diskFinding(path: string, freeKb: number, fix: string): Finding {
  const free = `${Math.floor(freeKb / 1024)} MiB`
  return finding(`space in ${path}`, freeKb >= SHORT_OF_ROOM_KB, `${free} free`, {
    fix,
    problem: freeKb < MIN_FREE_KB ? `${path} has ${free} left` : undefined,
  })
}

/** Whether it and the deployer's machine fit together. */
export function togetherFindings({ host, report: { host: facts }, here }: Subject): Finding[] {
  if (!here) return []
  return [architectureFinding(host, facts.machine, here), clockFinding(facts.time - here.time)]
}

function architectureFinding(host: string, machine: string, here: Here): Finding {
  return finding('architecture', machine === here.machine || here.buildsThere, machine, {
    fix: `this machine is ${here.machine}: build on the host with hosts.${host}.build: 'host'`,
  })
}

function clockFinding(skew: number): Finding {
  const apart = Math.abs(skew)
  const found = apart <= CLOCK_STEP_SECONDS ? 'in step' : `${apart} s ${skew > 0 ? 'ahead' : 'behind'}`
  return finding('clock', apart <= MAX_CLOCK_SKEW_SECONDS, found, { fix: 'timedatectl set-ntp true' })
}
