import { foreignText } from '../../release/owner-text.js'
import { goodOf, type StoredRelease } from './releases.js'

/**
 * Why a project may not replace, put back or restart the service of a release: it is another's. What was deployed before
 * projects had names is anybody's. `asked`: undefined for a deployer that does not say it.
 */
export async function projectProblem(
  { manifest, dir }: StoredRelease,
  asked: string | undefined,
): Promise<string | undefined> {
  if (!manifest?.project || manifest.project === asked) return undefined
  const { problem, fix } = foreignText(manifest, await goodOf(dir))
  return asked === undefined
    ? `${problem}; yours does not say what it is: update slipway where it is deployed from`
    : `${problem}; ${fix}`
}
