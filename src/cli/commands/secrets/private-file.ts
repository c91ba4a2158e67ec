import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExitCode } from '../../../contract/exit-codes.js'

/** Works with a file that nobody else can read, in memory where there is such a place, and gone in any case. */
export async function inPrivateFile<T>(name: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(memoryFolder(), 'slipway-secrets-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // The editor gets Ctrl-C too, and may take it for its own.
  const ignore = () => undefined
  const stop = () => process.exit(ExitCode.interrupted)
  process.once('exit', remove)
  process.on('SIGINT', ignore)
  process.once('SIGTERM', stop)
  process.once('SIGHUP', stop)
  try {
    return await work(join(folder, name))
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
