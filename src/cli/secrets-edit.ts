import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SlipwayError, usageError } from '../errors.js'
import { withValues } from '../secrets/document.js'
import { parseValues, renderValues } from '../secrets/document-text.js'
import { readSecrets, writeSecrets } from '../secrets/file.js'
import { valueProblem } from '../secrets/value.js'
import { askYes, canAsk } from './ask.js'
import { command, configOf, print } from './command.js'
import type { ConfigFlags } from './flags.js'

const HEAD = `# NAME: value for all services that name it, or SERVICE/NAME: value for one. YAML: a text of several lines
# begins with | and is indented. This file is gone when the editor ends.
`

/** `slipway secrets edit`. */
export const edit = command(async (flags: ConfigFlags) => {
  const config = await configOf(flags)
  const document = await readSecrets(config)
  const values = await inPrivate(async (path) => {
    writeFileSync(path, HEAD + renderValues(document.values), { mode: 0o600 })
    for (;;) {
      await runEditor(path)
      const edited = checkValues(readFileSync(path, 'utf8'))
      if ('values' in edited) return edited.values
      const question = `What was edited can't be used: ${edited.problem}. Edit it again?`
      if (!canAsk() || !(await askYes(question, true))) {
        throw usageError({
          what: `what was edited can't be used: ${edited.problem}`,
          still: 'Nothing was changed.',
        })
      }
    }
  })
  const keys = [...new Set([...Object.keys(document.values), ...Object.keys(values)])].sort()
  const changed = keys.filter((key) => document.values[key] !== values[key])
  if (changed.length === 0) {
    print('nothing changed')
    return
  }
  await writeSecrets(config, withValues(document, values))
  print(`${config.secrets.file}: changed ${changed.join(', ')}`)
})

function checkValues(text: string): { values: Record<string, string> } | { problem: string } {
  const parsed = parseValues(text)
  if ('problem' in parsed) return parsed
  for (const [key, value] of Object.entries(parsed.values)) {
    const problem = valueProblem(value)
    if (problem !== undefined) return { problem: `${key} ${problem}` }
  }
  return parsed
}

/** Works with a file that nobody else can read, in memory where there is such a place, and gone in any case. */
async function inPrivate<T>(work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(memoryFolder(), 'slipway-secrets-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // The editor gets Ctrl-C too, and may take it for its own.
  const ignore = () => undefined
  const stop = () => process.exit(130)
  process.once('exit', remove)
  process.on('SIGINT', ignore)
  process.once('SIGTERM', stop)
  process.once('SIGHUP', stop)
  try {
    return await work(join(folder, 'secrets.yaml'))
  } finally {
    remove()
    process.removeListener('exit', remove)
    process.removeListener('SIGINT', ignore)
    process.removeListener('SIGTERM', stop)
    process.removeListener('SIGHUP', stop)
  }
}

function memoryFolder(): string {
  for (const folder of ['/dev/shm', process.env.XDG_RUNTIME_DIR]) {
    if (!folder) continue
    try {
      accessSync(folder, constants.W_OK)
      return folder
    } catch {}
  }
  return tmpdir()
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
