import { type Word, word } from '../script.js'
import { skipOptions } from './wrappers.js'

/** Options of package managers that name another package or folder. */
const ELSEWHERE =
  /^(?:--prefix|-C|--cwd|--dir|-w|--workspace|--workspaces|-ws|--filter|-F|-r|--recursive)(?:=|$)/

/** A script of package.json that a command runs. */
export interface ScriptRun {
  name: string
  args: readonly Word[]
  /** `yarn x` runs a script x or, where there is none, a program x: these words. */
  perhaps: boolean
  words: readonly Word[]
}

/** The script that a package manager is told to run; `elsewhere`: one of another package. */
export function scriptOf(words: readonly Word[]): ScriptRun | 'elsewhere' | undefined {
  const [manager, ...rest] = words
  if (!manager || !/^(?:npm|pnpm|yarn|yarnpkg|bun|corepack)$/.test(manager.text)) return undefined
  if (manager.text === 'corepack') return scriptOf(rest)
  const end = rest.findIndex(({ text }) => text === '--')
  const own = end < 0 ? rest : rest.slice(0, end)
  if (manager.text !== 'bun' && own.some(({ text }) => ELSEWHERE.test(text))) return 'elsewhere'
  if (own[0]?.text === 'workspace' || own[0]?.text === 'workspaces') return 'elsewhere'
  const { rest: plain } = skipOptions(rest, { valued: [] })
  const [verb, ...after] = plain
  if (!verb) return undefined
  const [name, ...args] =
    verb.text === 'run' || verb.text === 'run-script' ? skipOptions(after, { valued: [] }).rest : []
  const strip = (left: readonly Word[]) => left.filter((each, index) => !(each.text === '--' && index === 0))
  if (name)
    return {
      name: name.text,
      args: strip(args),
      perhaps: manager.text === 'bun',
      words: [word('bun'), ...after],
    }
  if (verb.text === 'exec' || verb.text === 'x' || verb.text === 'dlx') {
    return {
      name: '',
      args: [],
      perhaps: true,
      words: skipOptions(after, { valued: ['-p', '--package'] }).rest,
    }
  }
  if (/^(?:start|test|stop|restart)$/.test(verb.text))
    return { name: verb.text, args: strip(after), perhaps: false, words: [] }
  if (manager.text === 'npm') return undefined
  if (manager.text === 'bun' && /[./]/.test(verb.text)) return undefined
  return { name: verb.text, args: strip(after), perhaps: true, words: plain }
}
