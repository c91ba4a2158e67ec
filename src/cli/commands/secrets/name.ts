import type { Config } from '../../../config/resolved.js'
import { usageError } from '../../../errors.js'
import { textFlag } from '../../flags.js'

export const serviceFlag = {
  service: textFlag('For this service alone (default: for all that name it)', 'SERVICE'),
} as const

export const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Fails for what can't be a secret's name, and for a service that the config doesn't have. */
export async function checkName(config: Config, name: string, service: string | undefined): Promise<void> {
  const { serviceOf } = await import('../../../engine/selection.js')
  if (service !== undefined) serviceOf(config, service)
  if (NAME_PATTERN.test(name)) return
  throw usageError({
    what: name.includes('=')
      ? 'a value must not stand on the command line'
      : `"${name}" can't be a secret's name`,
    why: name.includes('=')
      ? "Other users of this machine and the shell's history can see it there."
      : 'It has letters, digits and _, as variables have.',
    next: '`slipway secrets set NAME` asks for the value, or takes it from standard input.',
  })
}
