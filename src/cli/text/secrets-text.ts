import type { RunningSecret } from '../../engine/secrets.js'
import type { SecretsDocument } from '../../secrets/document.js'

/** Who could read what has not changed since. */
export function formerLines({ former }: Pick<SecretsDocument, 'former'>): string[] {
  return Object.values(former).map(
    ({ name, knows }) =>
      `${name} could read, and still has in earlier commits: ${knows.join(', ')}; change ${knows.length === 1 ? 'it where it is' : 'them where they are'} used, then here`,
  )
}

/** What a service on a host runs with, in a few words. */
export function runningText(state: RunningSecret['state']): string {
  switch (state.is) {
    case 'missing':
      return 'missing'
    case 'not-deployed':
      return 'not deployed'
    case 'running': {
      const compared = state.same === null ? '' : state.same ? ', the same' : ', another'
      return `release ${state.release}${compared}`
    }
  }
}
