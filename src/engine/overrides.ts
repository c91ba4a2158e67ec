import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** Input overrides with folders made absolute; flake references stay as they are. */
export function resolveOverrides(
  root: string,
  fromConfig: Record<string, string>,
  cwd: string,
  fromCommand: Record<string, string>,
): Record<string, string> {
  const absolute = (base: string, entries: Record<string, string>) =>
    Object.entries(entries).map(([name, ref]) => [name, folderReference(base, ref)] as const)
  return Object.fromEntries([...absolute(root, fromConfig), ...absolute(cwd, fromCommand)])
}

function folderReference(base: string, ref: string): string {
  const plain = ref.replace(/^path:/, '')
  const folder = resolve(base, plain)
  const isFolder = /^[./]/.test(plain) || (!ref.includes(':') && existsSync(folder))
  return isFolder ? `path:${folder}` : ref
}
