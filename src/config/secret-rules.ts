import type { Problem } from './problems.js'
import type { ProgramConfig } from './resolved.js'

/** What shells, systemd and slipway give to programs themselves, or read themselves. */
const TAKEN = new Set(
  (
    'PATH IFS PWD OLDPWD PPID UID EUID LINENO OPTIND RANDOM SECONDS SHELLOPTS BASHOPTS _ ' +
    'CREDENTIALS_DIRECTORY STATE_DIRECTORY LISTEN_FDS LISTEN_PID LISTEN_FDNAMES LISTEN_PATH PORT'
  ).split(' '),
)

/** What carries secrets to a unit; a user's own would replace ours. */
const CARRIERS = ['LoadCredential', 'LoadCredentialEncrypted']

/** Secrets that could not reach the program, or not alone. */
export function secretProblems(program: ProgramConfig): Problem[] {
  const at = `services.${program.name}`
  const jobs = [
    ...program.processes.map((job) => ({ ...job, at: `${at}.processes.${job.name}` })),
    ...program.timers.map((job) => ({ ...job, at: `${at}.timers.${job.name}` })),
  ]
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const { name, as } of program.secrets) {
    const path = `${at}.secrets.${name}`
    if (seen.has(name)) problems.push({ path, message: 'is named twice' })
    seen.add(name)
    if (as !== 'env') continue
    if (TAKEN.has(name)) {
      problems.push({
        path,
        message: `the variable ${name} has a meaning of its own`,
        suggestion: `as: 'file'`,
      })
    }
    for (const holder of [{ at, env: program.env }, ...jobs]) {
      if (!(name in holder.env)) continue
      problems.push({ path: `${holder.at}.env.${name}`, message: `is a secret too: leave it out here` })
    }
  }
  if (program.secrets.length === 0) return problems
  for (const holder of [{ at, unit: program.unit }, ...jobs]) {
    for (const carrier of CARRIERS.filter((name) => name in holder.unit)) {
      problems.push({
        path: `${holder.at}.unit.${carrier}`,
        message: 'would replace what brings the program its `secrets`',
        suggestion: "make it one of them, with as: 'file'",
      })
    }
  }
  return problems
}
