import { execa } from 'execa'
import { ExitCode, SlipwayError, usageError } from '../errors.js'
import * as hosts from '../rehearse/index.js'
import { command, print, printJson } from './command.js'
import type { JsonFlags } from './flags.js'
import { createTerminal } from './text/terminal.js'

/** `slipway rehearse up`. */
export const up = command(async (flags: { bare?: boolean; toolchain?: boolean }, name: string) => {
  const host = await hosts.up(name, {
    ...(flags.bare ? { image: 'bare' } : {}),
    ...(flags.toolchain ? { toolchain: true } : {}),
    log: createTerminal().line,
  })
  print(upText(host, await hosts.sshTarget(name)))
  return ExitCode.ok
})

/** `slipway rehearse list`. */
export const list = command(async (flags: JsonFlags) => {
  const all = await hosts.list()
  if (flags.json) printJson(all)
  else if (all.length > 0) print(listText(all))
  else createTerminal().line('There is no throwaway host. To make one: slipway rehearse up NAME')
  return ExitCode.ok
})

/** `slipway rehearse ssh`: ends as ssh does, with the exit code of the command on the host. */
export const ssh = command(async (_flags: object, name: string, ...words: string[]) => {
  const { destination, options } = await hosts.sshTarget(name)
  await requireRunning(name)
  const result = await execa('ssh', [...options, destination, ...words], { stdio: 'inherit', reject: false })
  return (result.exitCode ?? ExitCode.failed) as ExitCode
})

/** `slipway rehearse down`. */
export const down = command(async (flags: { all?: boolean; keep?: boolean }, name?: string) => {
  if ((name === undefined) === !flags.all) {
    throw usageError({ what: 'Name one throwaway host, or give --all' })
  }
  const names = name === undefined ? (await hosts.list()).map((host) => host.name) : [name]
  await Promise.all(names.map((one) => hosts.down(one, { keep: flags.keep ?? false })))
  for (const one of names) createTerminal().line(flags.keep ? `${one} is down` : `${one} is gone`)
  return ExitCode.ok
})

/** What to do with a host that is up. */
export function upText(host: hosts.RehearsalHost, target: hosts.SshTarget): string {
  return [
    `${host.name} is up at ${host.address} (${host.image} image).`,
    `In slipway.config.ts:  hosts: { ${propertyName(host.name)}: 'rehearse:${host.name}' }`,
    `To log in:             slipway rehearse ssh ${host.name}`,
    `Without slipway:       ssh ${[...target.options, target.destination].join(' ')}`,
  ].join('\n')
}

/** One line a host. */
export function listText(all: readonly hosts.RehearsalHost[]): string {
  const rows = [
    ['NAME', 'ADDRESS', 'IMAGE', 'STATE', 'BOOTED'],
    ...all.map((host) => [host.name, host.address, host.image, host.running ? 'up' : 'down', host.since]),
  ]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

async function requireRunning(name: string): Promise<void> {
  const host = (await hosts.list()).find((one) => one.name === name)
  if (host?.running) return
  throw new SlipwayError({ what: `${name} is down`, next: `slipway rehearse up ${name}` })
}

function propertyName(name: string): string {
  return name.includes('-') ? `'${name}'` : name
}
