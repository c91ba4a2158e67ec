import { usageError } from '../errors.js'
import { collectFiles, digestFiles, type ShippedFile } from './files.js'

/** The files a release ships beside its package. */
export interface Assets {
  files: ShippedFile[]
  digest: string
}

/**
 * Reads a service's assets.
 * @throws SlipwayError where one names nothing (that git tracks).
 */
export async function collectAssets(
  folder: string,
  service: string,
  paths: string[],
): Promise<Assets | null> {
  if (paths.length === 0) return null
  const files = await collectFiles(folder, paths)
  for (const [index, path] of paths.entries()) {
    const plain = path.replace(/^\.\//, '').replace(/\/$/, '')
    if (files.some((file) => file.path === plain || file.path.startsWith(`${plain}/`))) continue
    throw usageError({
      what: `services.${service}.assets[${index}]: "${path}" holds no file that git tracks`,
      still: 'Nothing was changed on any host.',
      next: `Create it, or \`git add ${path}\`.`,
    })
  }
  return { files, digest: digestFiles(files) }
}
