import os from 'node:os'
import { ExitCode, SlipwayError } from '../errors.js'
import { hasLocalNix } from '../nix/nix-runner.js'
import { type Finding, type Here, hostFindings } from '../plan/findings.js'
import { report } from '../remote/verbs.js'
import { command, configOf, print, printJson } from './command.js'
import type { ConfigFlags, JsonFlags } from './flags.js'
import { hostsFor, onHosts } from './hosts.js'
import { colors as pc } from './text/colors.js'

/** `slipway doctor [HOST]`. */
export const doctor = command(async (flags: ConfigFlags & JsonFlags, name?: string) => {
  const config = await configOf(flags)
  const nix = hasLocalNix()
  const results = await onHosts(hostsFor(config, name ? [name] : []), async (connection, host) => {
    const services = config.services.filter(({ hosts }) => hosts.includes(host.name))
    const here: Here = {
      time: Math.floor(Date.now() / 1000),
      machine: os.machine(),
      nix,
      buildsThere: (host.build ?? (nix ? 'local' : 'host')) === 'host',
    }
    return hostFindings(host.name, await report(connection, { with: 'settings' }), services, here)
  })
  const hosts = results.map(({ host, result }) => ({
    host: host.name,
    checks: result.ok ? result.value : [unreachable(result.error)],
  }))
  if (flags.json) printJson({ hosts })
  else print(hosts.map(({ host, checks }) => hostText(host, checks)).join('\n\n'))
  return hosts.some(({ checks }) => checks.some(({ ok }) => !ok)) ? ExitCode.failed : ExitCode.ok
})

function unreachable(error: unknown): Finding {
  if (!(error instanceof SlipwayError)) throw error
  const { what, why, next } = error.parts
  return {
    name: 'reachable',
    ok: false,
    found: [what, why].filter(Boolean).join(': '),
    fix: next ?? '',
    blocks: true,
  }
}

function hostText(host: string, checks: readonly Finding[]): string {
  const failed = checks.filter(({ ok }) => !ok).length
  const lines = checks.flatMap(({ name, ok, found, fix }) => [
    `  ${ok ? pc.green('✓') : pc.red('✗')} ${name}: ${found}`,
    ...(ok || !fix ? [] : [`      ${pc.cyan('fix:')} ${fix}`]),
  ])
  return [
    pc.bold(host),
    ...lines,
    failed === 0 ? '  ready for deploys' : `  ${failed} of ${checks.length} checks failed`,
  ].join('\n')
}
