import { type Pack, pack } from 'tar-stream'

/** A tar archive in the making. */
export interface Archive {
  add(path: string, content: Buffer | string | { link: string }, executable?: boolean): void
  /** Ends it and gives its bytes. */
  finish(): Promise<Uint8Array>
}

/** Starts a tar archive. The same entries give the same bytes. */
export function createArchive(): Archive {
  const stream: Pack = pack()
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk as Buffer))
  const mtime = new Date(0)
  return {
    add(name, content, executable = false) {
      const mode = executable ? 0o755 : 0o644
      if (typeof content === 'object' && 'link' in content) {
        stream.entry({ name, type: 'symlink', linkname: content.link, mtime })
      } else {
        stream.entry({ name, mode, mtime }, content)
      }
    },
    finish: () =>
      new Promise((resolve, reject) => {
        stream.on('end', () => resolve(Buffer.concat(chunks)))
        stream.on('error', reject)
        stream.finalize()
      }),
  }
}
