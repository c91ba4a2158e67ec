import { didYouMean } from '../config/suggest.js'
import { type Deploy, NODE_FIELDS, PROFILE_FIELDS, SETTINGS, type Settings } from './deploy-schema.js'
import { nixPath } from './read-deploy.js'
import type { SelectedNode } from './select.js'

/** What is not done with settings that are there, a line each. */
export function ignoredSettings(deploy: Deploy, selected: readonly SelectedNode[]): string[] {
  return [
    ...ignored(['deploy'], deploy, ['nodes']),
    ...selected.flatMap(({ name, node, profiles }) => {
      const at = ['deploy', 'nodes', name]
      return [
        ...ignored(at, node, [...Object.keys(NODE_FIELDS), 'profiles']),
        ...profiles.flatMap((profile) => {
          const fields = node.profiles[profile]
          return fields
            ? ignored([...at, 'profiles', profile], fields, [...Object.keys(PROFILE_FIELDS), 'path'])
            : []
        }),
      ]
    }),
  ]
}

function ignored(at: readonly string[], fields: Settings, own: readonly string[]): string[] {
  const path = (key: string) => nixPath([...at, key])
  const notes = fields.unknown.map((key) => {
    const guess = didYouMean(key, [...Object.keys(SETTINGS), ...own])
    return `${path(key)} is ignored: deploy-rs has no such setting${guess ? `; did you mean "${guess}"?` : ''}`
  })
  if (fields.tempPath) notes.push(`${path('tempPath')} is ignored: a confirmation needs no file there`)
  if (fields.interactiveSudo) {
    notes.push(
      `${path('interactiveSudo')} is not needed: where sudo wants a password, it is asked for on the terminal`,
    )
  }
  return notes
}
