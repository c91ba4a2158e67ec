import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { SlipwayError, usageError } from '../../../errors.js'
import { valueProblem } from '../../../secrets/value.js'
import { command } from '../../command.js'
import { configFlags } from '../../flags.js'
import type { Prompt } from '../../prompt.js'
import { inPrivateFile } from './private-file.js'

const HEAD = `# NAME: value for all services that name it, or SERVICE/NAME: value for one. YAML: a text of several lines
# begins with | and is indented. This file is gone when the editor ends.
`

/** `slipway secrets edit`. */
export const edit = command({
  brief: 'Edit the encrypted file in $EDITOR',
  flags: configFlags,
  run: async (cli, flags) => {
    const [{ withValues }, { renderValues }, { readSecrets, writeSecrets }] = await Promise.all([
      import('../../../secrets/document.js'),
      import('../../../secrets/document-text.js'),
      import('../../../secrets/file.js'),
    ])
    const config = await cli.config(flags)
    const document = await readSecrets(config)
    const values = await inPrivateFile('secrets.yaml', (path) => {
      writeFileSync(path, HEAD + renderValues(document.values), { mode: 0o600 })
      return edited(cli.prompt, path)
    })
    const keys = [...new Set([...Object.keys(document.values), ...Object.keys(values)])].sort()
    const changed = keys.filter((key) => document.values[key] !== values[key])
    if (changed.length === 0) return cli.print('nothing changed')
    await writeSecrets(config, withValues(document, values))
    cli.print(`${config.secrets.file}: changed ${changed.join(', ')}`)
  },
})

/** The values in a file once its editing has ended well. */
async function edited(prompt: Prompt, path: string): Promise<Record<string, string>> {
  for (;;) {
    await runEditor(path)
    const found = await checkValues(readFileSync(path, 'utf8'))
    if ('values' in found) return found.values
    const question = `What was edited can't be used: ${found.problem}. Edit it again?`
    if (prompt.canAsk && (await prompt.yes(question, true))) continue
    throw usageError({
      what: `what was edited can't be used: ${found.problem}`,
      still: 'Nothing was changed.',
    })
  }
}

async function checkValues(text: string): Promise<{ values: Record<string, string> } | { problem: string }> {
  const { parseValues } = await import('../../../secrets/document-text.js')
  const parsed = parseValues(text)
  if ('problem' in parsed) return parsed
  for (const [key, value] of Object.entries(parsed.values)) {
    const problem = valueProblem(value)
    if (problem !== undefined) return { problem: `${key} ${problem}` }
  }
  return parsed
}

async function runEditor(path: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi'
  // An editor's setting may hold options, as git and others take it.
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code === 0) return
  throw new SlipwayError({
    what: `the editor ${editor} ended with status ${code ?? 'none: it was killed'}`,
    still: 'Nothing was changed.',
    next: '$EDITOR names another one.',
  })
}
