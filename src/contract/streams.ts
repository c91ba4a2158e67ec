import type { Params, Verb } from './verbs.js'

/** The streams that a call names, which its caller opens: they are of no use to anybody once it has ended. */
export function streamsOf<V extends Verb>(verb: V, params: Params<V>): number[] {
  const call = { verb, params } as { [V in Verb]: { verb: V; params: Params<V> } }[Verb]
  switch (call.verb) {
    case 'apply':
      return call.params.releases.flatMap(({ assets }) => assets ?? [])
    case 'importPaths':
    case 'upgrade':
      return [call.params.stream]
    default:
      return []
  }
}
