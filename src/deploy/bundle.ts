import { createArchive } from '../build/archive.js'
import type { Assets } from '../build/assets.js'
import type { ServicePlan } from '../plan/plan.js'

/** A line of a request: what one service is to become. */
export interface Activation {
  service: string
  to: number
  /** The release that must be current still; null for none. */
  expected: number | null
  action: 'deploy' | 'rollback' | 'restart'
}

/** A release the host doesn't have yet. */
export interface NewRelease {
  plan: ServicePlan
  assets: Assets | null
}

/** The archive `slipway-host apply` takes: the request, and new releases. */
export async function bundle(
  activations: readonly Activation[],
  releases: readonly NewRelease[],
): Promise<Uint8Array> {
  const archive = createArchive()
  const lines = activations.map(
    ({ service, to, expected, action }) => `${service} ${to} ${expected ?? '-'} ${action}\n`,
  )
  archive.add('request', lines.join(''))
  for (const { plan, assets } of releases) {
    const folder = `releases/${plan.service}/${plan.number}`
    for (const [path, text] of Object.entries(plan.release.files)) archive.add(`${folder}/${path}`, text)
    archive.add(`${folder}/package-path`, `${plan.release.manifest.package}\n`)
    for (const file of assets?.files ?? []) {
      archive.add(`${folder}/assets/${file.path}`, file.content, file.executable)
    }
  }
  return archive.finish()
}
