import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import { argument, configFlags } from '../../flags.js'
import { NAME_PATTERN, serviceFlag } from './name.js'

/** `slipway secrets import FILE`. */
export const importEnv = command({
  brief: 'Put all values of a .env file into the encrypted file',
  args: [argument('FILE', 'A file of NAME=value lines, such as .env')],
  flags: { ...configFlags, ...serviceFlag },
  run: async (cli, { service, ...flags }, file) => {
    const [{ secretKey, withValues }, { readSecrets, writeSecrets }, { valueProblem }, { serviceOf }] =
      await Promise.all([
        import('../../../secrets/document.js'),
        import('../../../secrets/file.js'),
        import('../../../secrets/value.js'),
        import('../../../engine/selection.js'),
      ])
    const config = await cli.config(flags)
    if (service !== undefined) serviceOf(config, service)
    const document = await readSecrets(config)
    const found = parseEnv(await readText(file))
    const names = Object.keys(found).sort()
    if (names.length === 0) throw usageError({ what: `${file} has no lines of the form NAME=value` })
    const taken: Record<string, string> = {}
    for (const name of names) {
      const value = found[name] ?? ''
      const problem = NAME_PATTERN.test(name) ? valueProblem(value) : 'is no name of a variable'
      if (problem === undefined) taken[secretKey(name, service)] = value
      else cli.print(`left out: ${name} ${problem}`)
    }
    await writeSecrets(config, withValues(document, { ...document.values, ...taken }))
    const list = Object.keys(taken)
    const needed = list.map((key) => `'${key.split('/').at(-1)}'`).join(', ')
    cli.print(`${config.secrets.file} has now: ${list.join(', ')}`)
    cli.print(`Name in the config what a service needs: secrets: [${needed}]`)
    cli.print(`Then delete ${file}; if git has it, its history has too, and the values should be changed.`)
  },
})

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw usageError({ what: `${file} can't be read`, why: (error as NodeJS.ErrnoException).code })
  }
}
