import { ExitCode } from '../../contract/exit-codes.js'
import type { Finding } from '../../plan/findings.js'
import { command } from '../command.js'
import { configFlags, deployRsFlag, jsonFlag, optionalArgument, overrideFlag } from '../flags.js'
import { colors as pc } from '../text/colors.js'

/** `slipway doctor [HOST]`. */
export const doctor = command({
  brief: 'Check everything a deploy needs, with the fix for each failure',
  args: [optionalArgument('HOST', 'A host of the config (default: all)')],
  flags: { ...configFlags, ...deployRsFlag, ...overrideFlag, ...jsonFlag },
  run: async (cli, { json, ...flags }, name) => {
    const [{ doctor }, { overridesOf }] = await Promise.all([
      import('../../engine/doctor.js'),
      import('../overrides.js'),
    ])
    const config = await cli.config(flags)
    const names = name === undefined ? [] : [name]
    const hosts = await doctor(await cli.engine(), config, names, overridesOf(config, flags))
    if (json) cli.printJson({ hosts: hosts.map(({ host, findings }) => ({ host, checks: findings })) })
    else cli.print(hosts.map(({ host, findings }) => hostText(host, findings)).join('\n\n'))
    const broken = hosts.some(({ findings }) => findings.some(({ ok }) => !ok))
    return broken ? ExitCode.failed : ExitCode.ok
  },
})

function hostText(host: string, findings: readonly Finding[]): string {
  const failed = findings.filter(({ ok }) => !ok).length
  const lines = findings.flatMap(({ name, ok, found, fix }) => [
    `  ${ok ? pc.green('✓') : pc.red('✗')} ${name}: ${found}`,
    ...(ok || !fix ? [] : [`      ${pc.cyan('fix:')} ${fix}`]),
  ])
  return [
    pc.bold(host),
    ...lines,
    failed === 0 ? '  ready for deploys' : `  ${failed} of ${findings.length} checks failed`,
  ].join('\n')
}
