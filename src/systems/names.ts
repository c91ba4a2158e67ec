import { HOST_NAME_PATTERN, suggestSystemName } from '../config/names.js'

/** What a node is called as a host: its own name where that can be one. */
export function hostName(node: string): string {
  if (HOST_NAME_PATTERN.test(node)) return node
  return node.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'node'
}

/** What a profile of a node is called as a system, on every host of a flake and whatever else is deployed. */
export function systemName(node: string, profile: string): string {
  const name = `${node}-${profile}`
  return suggestSystemName(/^[a-z]/i.test(name) ? name : `node-${name}`)
}

/** So much of a name stays when a number is appended that it can still be a system's. */
const NUMBERED_LENGTH = 58

/** Names with a number appended where they come again. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 2; taken.has(unique); number += 1)
      unique = `${name.slice(0, NUMBERED_LENGTH)}-${number}`
    taken.add(unique)
    return unique
  })
}
