import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For tests that ask systemd's own parser, which needs no running systemd. */
export const WITHOUT_SYSTEMD =
  spawnSync('systemd-analyze', ['--version']).status === 0 ? false : 'systemd-analyze is not installed'

/** What `systemd-analyze` says of units; on the level `debug` it also prints them as it read them. */
export function analyze(
  args: string[],
  units: Record<string, string>,
  level: 'info' | 'debug' = 'info',
): { status: number; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-units-'))
  try {
    for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text)
    const paths = Object.keys(units).map((name) => join(folder, name))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, ...paths], {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_LOG_LEVEL: level },
    })
    return { status: status ?? -1, output: stdout + stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A service as systemd read it. */
function dumped(unit: string): string {
  const { output } = analyze(['verify'], { 'slipway-probe.service': unit }, 'debug')
  return output.slice(output.indexOf('-> Unit slipway-probe.service:'))
}

/** The words of a service's `ExecStart=` as systemd reads them, before it puts variables in. */
export function execStart(unit: string): string[] {
  const [, line = ''] = /^\s*Command Line: (.*)$/m.exec(dumped(unit)) ?? []
  return splitDumped(line)
}

/** A service's `Environment=` as systemd reads it, for values without a line break. */
export function environment(unit: string): string[] {
  return [...dumped(unit).matchAll(/^\t*Environment: (.*)$/gm)].map(([, assignment]) => assignment ?? '')
}

/** Words as systemd prints them: escaped like in C, in double quotes where that is needed, for a POSIX shell. */
function splitDumped(line: string): string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []
  return words.map((word) =>
    word.startsWith('"')
      ? word.slice(1, -1).replace(/\\([0-7]{3}|.)/g, (_, what: string) => ESCAPES[what] ?? what)
      : word,
  )
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

const GENERATOR = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator'

/** For tests that ask for an environment file. */
export const WITHOUT_GENERATOR = existsSync(GENERATOR) ? false : 'systemd is not installed'

/**
 * Variables of an environment file as systemd reads them. `environment.d` files have the syntax of
 * `EnvironmentFile=` and put in variables beside, so this is for values without `$`.
 */
export function readEnvironmentFile(text: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-env-'))
  try {
    mkdirSync(join(folder, 'environment.d'))
    writeFileSync(join(folder, 'environment.d', 'test.conf'), text)
    const { stdout } = spawnSync(GENERATOR, { encoding: 'utf8', env: { XDG_CONFIG_HOME: folder } })
    const assignments = stdout.matchAll(/^(\w+)=(.*)$/gm)
    return Object.fromEntries(
      [...assignments].map(([, name, value]) => [name, splitDumped(value ?? '')[0] ?? '']),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}
