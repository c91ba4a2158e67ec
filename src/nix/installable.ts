import { attributePath } from '../config/attribute-path.js'

/** A flake installable taken apart: `FLAKE#ATTRIBUTE`. */
export interface Installable {
  flake: string
  /** The names of its attribute path; undefined where it is more than names. */
  path: string[] | undefined
}

/** Takes an installable apart as Nix does: without an attribute, the default package is meant. */
export function parseInstallable(text: string): Installable {
  const hash = text.indexOf('#')
  const flake = (hash === -1 ? text : text.slice(0, hash)) || '.'
  const attribute = hash === -1 ? '' : text.slice(hash + 1)
  return { flake, path: attribute === '' ? ['default'] : attributePath(attribute) }
}
