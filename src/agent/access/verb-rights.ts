import type { Params, Verb } from '../../contract/verbs.js'
import { mayDeploy, type Rights } from './rights.js'

const PROFILES = '/nix/var/nix/profiles/'

/**
 * Whether a key may call a verb: to look at its services, or with the right to observe at all of the host; to deploy
 * its services, and to do with its own activations what deploying takes. `ownsActivation` tells of an id whether no
 * other key and no administrator has begun it: one that isn't there is nobody's.
 */
export function verbAllowed<V extends Verb>(
  verb: V,
  params: Params<V>,
  rights: Rights,
  ownsActivation: (id: string) => boolean,
): boolean {
  const call = { verb, params } as Call
  switch (call.verb) {
    case 'hello':
      return true
    case 'report':
      return rights.observe ? call.params.systems.every(isProfile) : call.params.systems.length === 0
    // What is asked for is judged by the policy.
    case 'apply':
    case 'follow':
    case 'abort':
    case 'reach':
    case 'confirm':
    case 'acknowledge':
    case 'undo':
      return rights.services.length > 0 && ownsActivation(call.params.id)
    case 'withdraw':
    case 'realise':
      return mayDeploy(rights, call.params.service)
    case 'history':
    case 'logs':
      return rights.observe || mayDeploy(rights, call.params.service)
    case 'certificates':
      return rights.observe && call.params.mode === 'list'
    case 'survey':
    case 'abortTurn':
    case 'maintenance':
    case 'stop':
    case 'remove':
    case 'keepSecret':
    case 'forgetSecret':
    case 'lookInCaches':
    case 'fetchPaths':
    case 'cacheLacking':
    case 'cacheAdd':
    case 'cacheInfo':
    case 'listKeys':
    case 'addKey':
    case 'removeKey':
    case 'audit':
    case 'setCertificateEnv':
    case 'certificateAuthority':
    case 'dryActivate':
    case 'prepare':
    case 'lacking':
    case 'importPaths':
    case 'gc':
    case 'uninstall':
    case 'upgrade':
      return false
  }
}

/** Whether a system is one of Nix's profiles: whoever looks at a host does not look around in its files. */
function isProfile({ user, profileName, profile }: Params<'report'>['systems'][number]): boolean {
  const isName = (word: string) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(word)
  if (profile === null) return isName(user) && isName(profileName)
  return profile.startsWith(PROFILES) && profile.slice(PROFILES.length).split('/').every(isName)
}

type Call = { [V in Verb]: { verb: V; params: Params<V> } }[Verb]

/** A call in one line, for the journal: nothing that is secret. */
export function callText<V extends Verb>(verb: V, params: Params<V>): string {
  const call = { verb, params } as Call
  switch (call.verb) {
    case 'apply':
      return `apply ${call.params.id} ${call.params.what}`
    case 'follow':
    case 'reach':
    case 'confirm':
    case 'acknowledge':
      return `${verb} ${call.params.id}`
    case 'abort':
    case 'undo':
      return `${verb} ${call.params.id} ${call.params.reason}`
    case 'realise':
      return `realise ${call.params.package}`
    case 'withdraw':
    case 'history':
    case 'logs':
    case 'maintenance':
    case 'stop':
    case 'remove':
      return `${verb} ${call.params.service}`
    default:
      return verb
  }
}
