import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { LAB_ENV } from './project.js'

const DIGITS = '0123456789abcdfghijklmnpqrsvwxyz'

/** What a forged path is to be taken for. */
export interface Forged {
  /** The store path that it claims. */
  path: string
  /** A file or a folder with what it has. */
  content: string
  /** What it says of itself beside that: lines of a narinfo. */
  more?: string[]
}

/** A binary cache, as a folder, that has what it likes under any name. */
export async function forgedCache(folder: string, forged: readonly Forged[]): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'nix-cache-info'), 'StoreDir: /nix/store\n')
  for (const { path, content, more = [] } of forged) {
    const hash = path.slice('/nix/store/'.length).slice(0, 32)
    const { stdout: nar } = await execa('nix-store', ['--dump', content], {
      env: LAB_ENV,
      encoding: 'buffer',
    })
    await writeFile(join(folder, `${hash}.nar`), nar)
    const narHash = `sha256:${base32(createHash('sha256').update(nar).digest())}`
    const lines = [
      ...[`StorePath: ${path}`, `URL: ${hash}.nar`, 'Compression: none'],
      ...[`FileHash: ${narHash}`, `FileSize: ${nar.length}`],
      ...[`NarHash: ${narHash}`, `NarSize: ${nar.length}`, 'References: '],
      ...more,
    ]
    await writeFile(join(folder, `${hash}.narinfo`), `${lines.join('\n')}\n`)
  }
  return `file://${folder}`
}

/** A text of the store under the name of its content, as derivations are: its path, and its field `CA`. */
export async function textPath(file: string, name: string): Promise<{ path: string; ca: string }> {
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest()
  const whole = createHash('sha256')
    .update(`text:sha256:${digest.toString('hex')}:/nix/store:${name}`)
    .digest()
  const short = Buffer.alloc(20)
  for (const [at, byte] of whole.entries()) short[at % 20] = (short[at % 20] ?? 0) ^ byte
  return { path: `/nix/store/${base32(short)}-${name}`, ca: `text:sha256:${base32(digest)}` }
}

/** Nix's own: the last bits come first. */
function base32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5)
  return Array.from({ length }, (_, index) => {
    const bit = (length - 1 - index) * 5
    const [byte, shift] = [Math.floor(bit / 8), bit % 8]
    const both = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8)
    return DIGITS[(both >> shift) & 31]
  }).join('')
}
