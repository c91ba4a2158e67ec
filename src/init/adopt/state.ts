import type { Adopts } from '../../contract/activation.js'
import { stateDir } from '../../contract/paths.js'
import { type PathSurvey, pathsIn, type UnitSurvey, withPaths } from '../../contract/survey.js'

/** Where hosts keep what is a program's, a system's or a boot's: no service's state. */
const NO_STATE =
  /^\/(nix|usr|bin|sbin|lib|lib64|etc|dev|proc|sys|run|boot|tmp|var\/run|var\/tmp|var\/log)(\/|$)/
/** Folders that services share. */
const SHARED = /^\/([^/]+|home\/[^/]+|var\/(www|lib|opt|local|srv)|usr\/local)$/
/** Names that the state directory, and what copies there, may have. */
const PLAIN_NAME = /^[\w@+-][\w@+.-]*$/

/** What a unit keeps, and where it goes. */
export interface UnitState {
  copies: Adopts['state']
  /** A text with the old paths in it, with the new ones. */
  moved(text: string): string
  hindrances: string[]
  notes: string[]
}

/** Pure. `assets`: whether the working directory becomes that of shipped files. */
export function stateOf(unit: UnitSurvey, service: string, assets: boolean): UnitState {
  const target = stateDir(service)
  const found = candidatesOf(unit, target)
  const copies: Adopts['state'] = []
  const hindrances = [...found.hindrances]
  const outer = [...found.candidates].filter(
    ([path]) => ![...found.candidates.keys()].some((other) => path.startsWith(`${other}/`)),
  )
  const [only] = outer
  const whole = outer.length === 1 && only?.[1] === 'folder'
  for (const [from, kind] of outer) {
    const to = from === target || (whole && kind === 'folder') ? '' : (from.split('/').at(-1) ?? '')
    if (to !== '' && !PLAIN_NAME.test(to)) hindrances.push(`${from} has a name that state can't have`)
    else if (copies.some((one) => one.to === to))
      hindrances.push(`two of its folders are called ${to}: ${from}`)
    else copies.push({ from, to })
    if (kind === 'working' && assets) {
      hindrances.push(
        `it keeps ${from} in its working directory, which becomes that of the files it ships: have a variable say where it is`,
      )
    }
  }
  const goesTo = (path: string): string => {
    const one = copies.find(({ from }) => path === from || path.startsWith(`${from}/`))
    if (one === undefined) return path
    return [target, one.to].filter(Boolean).join('/') + path.slice(one.from.length)
  }
  // A link on the way may have led there.
  const realOf = (path: string) => unit.paths.find((one) => one.path === path)?.real ?? path
  const moved = (text: string) =>
    withPaths(text, (path) => (goesTo(realOf(path)) === realOf(path) ? path : goesTo(realOf(path))))
  return { copies, moved, hindrances, notes: found.notes }
}

/** `working`: in the working directory, where the program finds it without a name. */
type Kind = 'folder' | 'file' | 'working'

function candidatesOf(unit: UnitSurvey, target: string) {
  const candidates = new Map<string, Kind>()
  const hindrances: string[] = []
  const notes: string[] = []
  const { workingDirectory, exec } = unit
  const known = new Map(unit.paths.map((one) => [one.path, one]))
  const working = known.get(workingDirectory)?.real ?? workingDirectory
  const [program = ''] = exec[0] ?? []
  const isAround = (path: string) =>
    [working, workingDirectory, program].some((one) => one === path || one.startsWith(`${path}/`))
  const named = [...unit.environment.map(({ value }) => value), ...exec.flatMap((words) => words.slice(1))]
  for (const path of new Set(named.flatMap(pathsIn))) {
    const seen = known.get(path)
    if (seen === undefined) continue
    if (seen.real === target || seen.real.startsWith(`${target}/`)) candidates.set(target, 'folder')
    else if (NO_STATE.test(path) || NO_STATE.test(seen.real)) notes.push(`it reads ${path}, which stays`)
    else if (seen.kind === 'link')
      hindrances.push(`${path} is a link to ${seen.real}: have the unit name that`)
    else if (seen.kind === 'folder') {
      if (isAround(seen.real) || SHARED.test(seen.real)) notes.push(`it is told of ${path}, which stays`)
      else candidates.set(seen.real, 'folder')
    } else if (seen.kind === 'sqlite' || !seen.real.startsWith(`${working}/`)) {
      const folder = seen.real.slice(0, seen.real.lastIndexOf('/'))
      const around = known.get(folder) ?? known.get(path.slice(0, path.lastIndexOf('/')))
      const alone = isAround(folder) || SHARED.test(folder) || around === undefined || around.more === true
      candidates.set(alone ? seen.real : folder, alone ? 'file' : 'folder')
    } else notes.push(`it is told of ${path}, which its working directory has`)
  }
  for (const path of inWorkingDirectory(unit, working)) {
    if (![...candidates.keys()].some((one) => path === one || path.startsWith(`${one}/`))) {
      candidates.set(path, 'working')
    }
  }
  return { candidates, hindrances, notes }
}

/** Databases in the working directory, and folders in it that have some. */
function inWorkingDirectory({ workingDirectory, paths }: UnitSurvey, working: string): string[] {
  const databases = (folder: PathSurvey | undefined) =>
    (folder?.entries ?? []).filter(({ kind }) => kind === 'sqlite').map(({ name }) => name)
  const own = paths.find(({ path }) => path === workingDirectory)
  if (own === undefined) return []
  const folders = (own.entries ?? []).filter(
    ({ name, kind }) =>
      kind === 'folder' &&
      databases(paths.find(({ path }) => path === `${workingDirectory}/${name}`)).length > 0,
  )
  return [...databases(own), ...folders.map(({ name }) => name)].map((name) => `${working}/${name}`)
}
