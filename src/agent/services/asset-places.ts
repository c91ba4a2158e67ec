import { failed } from '../../contract/failure.js'
import type { TarEntry } from './tar.js'

/** Files, folders and links of a release, also where an archive has one twice. */
const MOST_PLACES = 100_000
/** How many folders may lie in each other. */
const MOST_DEPTH = 64
/** Links that lead to links, as the kernel follows them: path_resolution(7). */
const MOST_HOPS = 40

/** What lies where among shipped files. */
export interface Places {
  /** Throws where an entry can't be in its place, whatever comes after it. `path`: without `.` and `..`. */
  add(path: string, entry: Pick<TarEntry, 'name' | 'type' | 'target'>): void
  /** Throws where a link leads out of the folder, be it through others. */
  requireLinksWithin(): void
}

interface Place {
  above: Place | undefined
  type: 'file' | 'folder' | 'link'
  inside: Map<string, Place>
  target: string
  /** Where a link leads in the end, once that is known. */
  end?: End
}

/** A place, and how many names lie below it that are not there; `out`: no place of this folder. */
type End = { at: Place; missing: number } | 'out'

export function createPlaces(): Places {
  const top: Place = { above: undefined, type: 'folder', inside: new Map(), target: '' }
  const links: { name: string; place: Place }[] = []
  let count = 0
  let added = 0

  const make = (above: Place, name: string, type: Place['type'], target = ''): Place => {
    count += 1
    if (count > MOST_PLACES) throw failed('the shipped files are too many, or too large')
    const place: Place = { above, type, inside: new Map(), target }
    above.inside.set(name, place)
    return place
  }

  return {
    add: (path, { name, type, target }) => {
      added += 1
      if (added > MOST_PLACES) throw failed('the shipped files are too many, or too large')
      if (type === 'other') throw failed(`${name} is neither a file, a folder nor a link`)
      const parts = path.split('/')
      if (parts.length > MOST_DEPTH) throw failed(`a shipped file lies too deep: ${name.slice(0, 100)}…`)
      const last = parts.pop() ?? ''
      let at = top
      for (const part of parts) {
        at = at.inside.get(part) ?? make(at, part, 'folder')
        // Through a link one could get anywhere.
        if (at.type === 'link') throw failed(`a shipped file lies behind a link: ${name}`)
        if (at.type === 'file') throw failed(`a shipped file lies in another file: ${name}`)
      }
      const there = path === '' ? top : at.inside.get(last)
      if (there?.type === 'folder' && type === 'folder') return
      if (there !== undefined) throw failed(`${name} is shipped twice`)
      const place = make(at, last, type, target)
      if (type === 'link') links.push({ name, place })
    },
    requireLinksWithin: () => {
      for (const { name, place } of links) {
        if (endOf(place, MOST_HOPS) === 'out') throw failed(`a shipped link leads out of its folder: ${name}`)
      }
    },
  }
}

/** Follows a link as the kernel would, where it comes back to itself or leads through too many: out. */
function endOf(link: Place, hops: number): End {
  if (link.end !== undefined) return link.end
  link.end = 'out'
  if (hops > 0 && !link.target.startsWith('/')) link.end = follow(link, hops)
  return link.end
}

function follow({ above, target }: Place, hops: number): End {
  let at = above
  let missing = 0
  for (const part of target.split('/').filter((name) => name !== '' && name !== '.')) {
    if (at === undefined) return 'out'
    if (missing > 0) {
      missing += part === '..' ? -1 : 1
    } else if (part === '..') {
      at = at.above
    } else {
      const next = at.inside.get(part)
      if (next === undefined) missing = 1
      else if (next.type !== 'link') at = next
      else {
        const end = endOf(next, hops - 1)
        if (end === 'out') return 'out'
        ;({ at, missing } = end)
      }
    }
  }
  return at === undefined ? 'out' : { at, missing }
}
