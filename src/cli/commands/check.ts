import { ExitCode } from '../../contract/exit-codes.js'
import { command } from '../command.js'
import { configFlags, fixHashesFlag, jsonFlag, overrideFlag } from '../flags.js'
import { hashPolicy } from '../hash-policy.js'
import { formatDuration } from '../text/terminal.js'

/** `slipway check`. */
export const check = command({
  brief: "Run the flake's checks, side by side",
  flags: { ...configFlags, ...overrideFlag, ...jsonFlag, ...fixHashesFlag },
  run: async (cli, flags) => {
    const began = Date.now()
    const [{ check }, { overridesOf }, { checkFailureText }] = await Promise.all([
      import('../../engine/check.js'),
      import('../overrides.js'),
      import('../text/check-text.js'),
    ])
    const engine = await cli.engine({ stops: true })
    const config = await cli.config(flags)
    const results = await check(engine, config, {
      overrides: overridesOf(config, flags),
      hashes: hashPolicy(flags, cli.prompt),
    })
    const failed = results.filter(({ ok }) => !ok)
    if (flags.json) cli.printJson({ checks: results })
    else {
      for (const result of failed) cli.print(checkFailureText(result))
      cli.print(`${results.length - failed.length} of ${results.length} checks passed`)
      cli.terminal.line(`took ${formatDuration(Date.now() - began)}`)
    }
    return failed.length > 0 ? ExitCode.failed : ExitCode.ok
  },
})
