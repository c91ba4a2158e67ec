import type { NodeServer, NodeWord } from '../project.js'
import { type Word, word } from '../script.js'
import { type FileTree, hasDir, hasFile, inDir, whereText } from '../tree.js'
import { DEVELOPMENT, ENV_FILES, type NodeOption, PRELOADS } from './node-options.js'
import type { PackageJson } from './package-json.js'
import type { Start } from './start.js'

/** A command line for a file of the package's folder. */
export function nodeServer(
  entry: string,
  args: readonly string[],
  more: Partial<NodeServer> = {},
): NodeServer {
  return {
    kind: 'server',
    tool: undefined,
    words: [pathWord(entry), ...args.map((text) => plainWord(word(text)))],
    files: undefined,
    env: {},
    defaults: {},
    chdir: false,
    keepsDevelopment: false,
    ...more,
  }
}

export function pathWord(text: string): NodeWord {
  return { text, variables: false, isPath: true }
}

function plainWord(given: Word): NodeWord {
  return { ...given, isPath: false }
}

/** What a script's command line is where the package lies elsewhere: paths are the package's. */
export function serverOf(
  tree: FileTree,
  json: PackageJson,
  start: Start,
  entry: string,
): { output: NodeServer; notes: string[] } {
  const { runs, cwd } = start
  if (runs.kind !== 'node' && runs.kind !== 'runner') throw new Error('no file is started')
  const place = (given: Word) => placed(tree, inDir(json.dir, cwd), cwd, given)
  const notes: string[] = []
  const needed = runs.kind === 'runner' ? [RUNNER_PACKAGES[runs.tool] ?? runs.tool] : []
  let chdir = runs.kind === 'runner' || cwd !== '' || /(?:^|\s)-{1,2}/.test(start.env.NODE_OPTIONS ?? '')
  const options = (runs.kind === 'node' ? runs.options : []).flatMap((option) => {
    const { name, value } = option
    const at = whereText(start.at)
    if (DEVELOPMENT.test(name)) {
      notes.push(`${at}: ${name} is for development: it is left out`)
      return []
    }
    const file = value && place(value)
    if (ENV_FILES.has(name) && !file?.isPath) {
      notes.push(
        `${at} reads ${value?.text}, which is not in the package: set its variables in slipway.config.ts`,
      )
      return []
    }
    if (PRELOADS.has(name) && value && !file?.isPath && !value.text.startsWith('/')) {
      chdir = true
      needed.push(packageOf(value.text))
    }
    return optionWords(option, file)
  })
  const words = [
    ...options,
    ...(runs.kind === 'runner' ? runnerOptions(runs.options, place, notes, whereText(start.at)) : []),
    pathWord(entry),
    ...runs.args.map(place),
  ]
  const keepsDevelopment = needed.some((name) => json.development[name] !== undefined)
  if (keepsDevelopment)
    notes.push(`packages for development stay in the package, since ${needed.join(' and ')} runs it`)
  const tool = runs.kind === 'runner' && runs.tool !== 'bun' ? runs.tool : undefined
  const output = { ...nodeServer('', []), tool, words, defaults: start.env, chdir, keepsDevelopment }
  return { output, notes }
}

/** A runner's own options; a file of variables that is not in the package would keep it from starting. */
function runnerOptions(
  options: readonly Word[],
  place: (given: Word) => NodeWord,
  notes: string[],
  at: string,
): NodeWord[] {
  const words: NodeWord[] = []
  for (let index = 0; index < options.length; index += 1) {
    const [name = '', value] = (options[index]?.text ?? '').split(/=(.*)/s)
    const file = ENV_FILES.has(name) ? (value === undefined ? options[index + 1] : word(value)) : undefined
    if (file && !place(file).isPath) {
      notes.push(
        `${at} reads ${file.text}, which is not in the package: set its variables in slipway.config.ts`,
      )
      if (value === undefined) index += 1
    } else words.push(place(options[index] as Word))
  }
  return words
}

/** Packages of programs that have another name. */
export const RUNNER_PACKAGES: Record<string, string> = {
  'ts-node-esm': 'ts-node',
  'ts-node-transpile-only': 'ts-node',
  'babel-node': '@babel/node',
  'swc-node': '@swc-node/cli',
}

/** `@a/b/c` is of the package `@a/b`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** `-r x` are two words, `--import=x` is one. */
function optionWords({ name, value }: NodeOption, file: NodeWord | undefined): NodeWord[] {
  if (!value || !file) return [plainWord(word(name))]
  if (file.isPath || !name.startsWith('--')) return [plainWord(word(name)), file]
  return [plainWord({ text: `${name}=${value.text}`, variables: value.variables })]
}

/** A word that names a file of the folder that the script runs in, as a path of the package. */
function placed(tree: FileTree, dir: string, cwd: string, given: Word): NodeWord {
  const plain = given.text.replace(/^\.\//, '').replace(/\/$/, '')
  const isInside =
    !given.variables && !given.text.startsWith('/') && !plain.split('/').includes('..') && plain !== ''
  const isThere =
    isInside &&
    (hasFile(tree, inDir(dir, plain)) ||
      given.text.startsWith('./') ||
      (hasDir(tree, inDir(dir, plain)) && plain.includes('/')))
  return isThere ? pathWord(inDir(cwd, plain)) : plainWord(given)
}
