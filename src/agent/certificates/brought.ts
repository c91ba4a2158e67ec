import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tls } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { Pair } from './pair.js'
import { certificatePlaces } from './places.js'
import { CertificateProblem } from './problem.js'

export type BroughtTls = Extract<Tls, { from: 'files' }>

/** A chain has a few certificates of some kilobytes. */
const MAX_BYTES = 1_048_576

/** The files that a user brings: a copy, so that a half-written one never is what nginx reads. */
export async function certificateFromFiles(tls: BroughtTls): Promise<Pair> {
  return { certificate: await readBrought(tls.certificate), key: await readBrought(tls.key) }
}

/** Whether the files are others than those that serve. */
export async function differsFromCurrent(agent: Agent, domain: string, tls: BroughtTls): Promise<boolean> {
  const current = join(certificatePlaces(agent).domain(domain), 'current')
  const [certificate, key] = await Promise.all([
    readText(join(current, 'fullchain.pem')),
    readText(join(current, 'key.pem')),
  ])
  try {
    const brought = await certificateFromFiles(tls)
    return brought.certificate !== certificate || brought.key !== key
  } catch (error) {
    // What is wrong with them is found, and said, by the attempt.
    if (error instanceof CertificateProblem) return true
    throw error
  }
}

async function readBrought(path: string): Promise<string> {
  try {
    // What is no file, such as a pipe that nobody writes to, is not waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      const { size } = found
      if (!found.isFile()) throw new CertificateProblem('file', `${path} is not a file`)
      if (size > MAX_BYTES) throw new CertificateProblem('file', `${path} has more than ${MAX_BYTES} bytes`)
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size) })
      return buffer.subarray(0, bytesRead).toString()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof CertificateProblem) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new CertificateProblem(
      'file',
      code === 'ENOENT' ? `there is no file ${path} on this host` : `${path} can not be read: ${message}`,
    )
  }
}
