import { usageError } from '../../../errors.js'
import { type Command, parseScript, type Word } from '../script.js'
import { type FileTree, hasFile, inDir, literal, type Where, whereIs, whereText } from '../tree.js'
import { type NodeOption, parseNode, takesValue } from './node-options.js'
import type { PackageJson } from './package-json.js'
import { scriptOf } from './script-run.js'
import { skipOptions, unwrap } from './wrappers.js'

/** What a script comes to: the one program that it leaves running. */
export interface Start {
  /** Where the script is. */
  at: Where
  script: string
  env: Record<string, string>
  /** The folder that it changes to, relative to the package's; '' for that. */
  cwd: string
  /** What it builds before. */
  build: BuildStep[]
  notes: string[]
  runs: Runs
}

/** A step of a build: a script of package.json, or a program of a package. */
export type BuildStep = { script: string } | { command: readonly string[] }

export type Runs =
  | { kind: 'node'; options: NodeOption[]; entry: string; args: readonly Word[] }
  /** A program of a package that runs a source file: tsx. */
  | { kind: 'runner'; tool: string; options: readonly Word[]; entry: string; args: readonly Word[] }
  /** Any other program of a package. */
  | { kind: 'tool'; tool: string; args: readonly Word[] }
  /** It starts what another package of the repository has. */
  | { kind: 'elsewhere' }

/** Scripts that start a server, the likeliest to be for production first. */
const START_SCRIPTS = ['start:prod', 'start:production', 'prod', 'start']

/**
 * What starts the package, by its scripts; undefined where none of them is for that.
 * @throws SlipwayError where there is one and it isn't understood.
 */
export function findStart(tree: FileTree, dir: string, json: PackageJson): Start | undefined {
  const present = START_SCRIPTS.filter((name) => json.scripts[name] !== undefined)
  const problems: { name: string; problem: string }[] = []
  for (const name of present) {
    const at = whereIs(tree, json.file, new RegExp(`"${literal(name)}"\\s*:`))
    const found = new Reader(tree, dir, json, at).script(name, [])
    if (typeof found !== 'string') return { ...found, at, script: json.scripts[name] ?? '' }
    problems.push({ name, problem: found })
  }
  const last = problems.at(-1)
  if (!last) return undefined
  const at = whereIs(tree, json.file, new RegExp(`"${literal(last.name)}"\\s*:`))
  throw notUnderstood(at, last.name, json.scripts[last.name] ?? '', last.problem)
}

/** The error for a script that can't be followed. */
export function notUnderstood(at: Where, name: string, script: string, problem: string) {
  return usageError({
    what: `${whereText(at)}: what the script "${name}" runs isn't understood: ${problem}`,
    why: script,
    still: 'Nothing was written.',
    next: 'Add a script "start:prod" that runs the server alone, such as `node dist/server.js`, or write a flake.nix, and run it again.',
  })
}

/** Programs that turn sources into what runs, and the words with which they do where they do more. */
const BUILDERS =
  /^(?:tsc|tsup|swc|babel|esbuild|webpack|rollup|vue-tsc|ncc|sass|tailwindcss|postcss|gulp|grunt|rspack|unbuild|pkgroll|copyfiles|cpx|cpy)(?: |$)|^(?:vite|next|nest|nuxt|nuxi|astro|remix|react-router|react-scripts|ng|vinxi|gatsby|svelte-kit|prisma|turbo|parcel|lerna run) (?:build|generate|sync)(?: |$)/
/** What only makes room or says something. */
const IDLE = /^(?:rimraf|rm|mkdir|echo|del|del-cli|shx|clear|true|sleep|cls)(?: |$)/
/** Scripts that are named for building. */
const BUILD_SCRIPT = /^(?:build|compile|bundle|generate|clean|prebuild)(?:[:-]|$)|:build$/

/** Tools that look for the package to start by themselves. */
const MONOREPO_TOOLS = new Set(['turbo', 'nx', 'lerna', 'wsrun', 'moon', 'rush', 'wireit'])
const RUNNERS: Record<string, readonly string[]> = {
  tsx: ['--tsconfig', '--env-file'],
  'ts-node': [
    '-P',
    '--project',
    '-C',
    '--compiler',
    '-I',
    '--ignore',
    '-O',
    '--compiler-options',
    '--cwd',
    '--scope-dir',
  ],
  'ts-node-esm': ['-P', '--project'],
  'ts-node-transpile-only': ['-P', '--project'],
  esno: [],
  'swc-node': [],
  'babel-node': ['--presets', '--plugins', '-x', '--extensions', '--config-file'],
  bun: ['--env-file', '--tsconfig-override', '--preload', '-c', '--config', '--cwd'],
}

type Reading = Omit<Start, 'at' | 'script'>

/** Follows scripts to the program that they leave running. A text is why that can't be done. */
class Reader {
  constructor(
    private readonly tree: FileTree,
    private readonly dir: string,
    private readonly json: PackageJson,
    private readonly at: Where,
  ) {}

  script(name: string, from: readonly string[], more: readonly Word[] = []): Reading | string {
    const text = this.json.scripts[name]
    if (text === undefined) return `there is no script "${name}"`
    if (from.includes(name)) return `the script "${name}" runs itself`
    const before = this.json.scripts[`pre${name}`]
    return this.text(before === undefined ? text : `${before} && ${text}`, [...from, name], more)
  }

  text(text: string, from: readonly string[], more: readonly Word[] = []): Reading | string {
    const parsed = parseScript(text)
    if ('problem' in parsed) return parsed.problem
    const commands = [...parsed.commands]
    const last = commands.pop()
    if (!last || last.words.length === 0) return 'it runs nothing'
    const reading = { env: {}, cwd: '', build: [] as BuildStep[], notes: [] as string[] }
    for (const command of commands) this.before(command, reading)
    const env = { ...reading.env, ...last.env }
    const found = this.command({ ...last, words: [...last.words, ...more] }, reading.cwd, from)
    if (typeof found === 'string') return found
    return {
      ...found,
      env: { ...env, ...found.env },
      build: [...reading.build, ...found.build],
      notes: [
        ...reading.notes,
        ...found.notes,
        ...(last.pipedTo === undefined
          ? []
          : [`${whereText(this.at)}: \`| ${last.pipedTo}\` is left out: the journal takes its lines`]),
      ],
    }
  }

  /** What comes before the program: a build's step, or something that a deploy doesn't do. */
  private before({ words, env }: Command, reading: Pick<Reading, 'env' | 'cwd' | 'build' | 'notes'>): void {
    const unwrapped = unwrap({ words, env, pipedTo: undefined })
    const texts = (unwrapped && !unwrapped.isScript ? unwrapped.words : words).map(({ text }) => text)
    const line = texts.join(' ')
    const [first = '', second = ''] = texts
    if (first === '') Object.assign(reading.env, env)
    else if (first === 'cd') reading.cwd = inDir(reading.cwd, second.replace(/\/$/, ''))
    else if (first === 'export')
      Object.assign(
        reading.env,
        Object.fromEntries(texts.slice(1).map((text) => text.split(/=(.*)/s).slice(0, 2))),
      )
    else if (IDLE.test(line)) return
    else if (BUILDERS.test(line)) reading.build.push({ command: texts })
    else {
      const script = scriptOf(words)
      if (
        typeof script === 'object' &&
        BUILD_SCRIPT.test(script.name) &&
        this.json.scripts[script.name] !== undefined
      ) {
        reading.build.push({ script: script.name })
      } else {
        reading.notes.push(
          `${whereText(this.at)} runs \`${words.map(({ text }) => text).join(' ')}\` before the program: a deploy doesn't`,
        )
      }
    }
  }

  private command(command: Command, cwd: string, from: readonly string[]): Reading | string {
    const [first, ...rest] = command.words
    if (!first) return 'it runs nothing'
    if (first.variables) return 'which program it runs depends on a variable'
    const result = (runs: Runs, notes: string[] = []): Reading => ({ env: {}, cwd, build: [], notes, runs })
    const unwrapped = unwrap(command)
    if (unwrapped) {
      const { words, env, notes, isScript } = unwrapped
      const inner = isScript
        ? this.text(words.map(({ text }) => text).join(' '), from)
        : this.command({ env: {}, words: [...words], pipedTo: undefined }, cwd, from)
      if (typeof inner === 'string') return inner
      return { ...inner, env: { ...env, ...inner.env }, notes: [...notes, ...inner.notes] }
    }
    const name = first.text.replace(/^(?:\.\/)?node_modules\/\.bin\//, '')
    const own = cwd !== '' && hasFile(this.tree, inDir(this.dir, inDir(cwd, 'package.json')))
    if (own || MONOREPO_TOOLS.has(name)) return result({ kind: 'elsewhere' })
    if (name === 'node' || name === 'nodejs') return this.node(rest, cwd, from, result)
    const script = scriptOf(command.words)
    if (script === 'elsewhere') return result({ kind: 'elsewhere' })
    if (script && (this.json.scripts[script.name] !== undefined || !script.perhaps)) {
      const inner = this.script(script.name, from, script.args)
      return typeof inner === 'string' ? inner : { ...inner, cwd: inDir(cwd, inner.cwd) }
    }
    if (script) return this.command({ ...command, words: [...script.words] }, cwd, from)
    if (name === 'concurrently' || name === 'run-p' || name === 'npm-run-all' || name === 'run-s') {
      return this.several(name, rest, from)
    }
    if (Object.hasOwn(RUNNERS, name)) return runner(name, rest, cwd, result)
    if (/^[./]|\.sh$/.test(first.text)) return `${first.text} is a program of its own`
    return result({ kind: 'tool', tool: name, args: rest })
  }

  private node(
    words: readonly Word[],
    cwd: string,
    from: readonly string[],
    result: (runs: Runs) => Reading,
  ): Reading | string {
    const parsed = parseNode(words)
    if ('problem' in parsed) return parsed.problem
    if ('script' in parsed) return this.script(parsed.script, from, parsed.args)
    const { options, entry, args } = parsed
    return result({ kind: 'node', options, entry: inDir(cwd, entry.text), args })
  }

  /** Of programs side by side, the one that is a server: the others watch and build. */
  private several(tool: string, words: readonly Word[], from: readonly string[]): Reading | string {
    const { rest } = skipOptions(words, {
      valued: [
        '-n',
        '--names',
        '-c',
        '--prefix-colors',
        '-p',
        '--prefix',
        '--restart-tries',
        '-m',
        '--max-processes',
        '-s',
        '--success',
      ],
    })
    const texts = rest.map(({ text }) => text).filter((text) => !text.startsWith('-'))
    const isSequence =
      tool === 'run-s' ||
      (tool === 'npm-run-all' && !words.some(({ text }) => /^(?:-p|--parallel)$/.test(text)))
    const scripts = texts.map((text) =>
      tool === 'concurrently' ? text.replace(/^(?:npm|yarn|pnpm|bun):/, 'npm run ') : `npm run ${text}`,
    )
    if (isSequence) return this.text(scripts.join(' && '), from)
    const read = scripts.map((script) => this.text(script, from))
    const servers = read.filter(
      (reading): reading is Reading =>
        typeof reading !== 'string' && (reading.runs.kind === 'node' || reading.runs.kind === 'runner'),
    )
    const elsewhere = read.find((reading) => typeof reading === 'object' && reading.runs.kind === 'elsewhere')
    if (elsewhere && servers.length === 0) return elsewhere
    const [only] = servers
    const others = scripts.filter((_, index) => read[index] !== only)
    const development = others.every((script) => isForDevelopment(read[scripts.indexOf(script)]))
    if (!only || servers.length > 1 || !development)
      return `it runs several programs side by side: ${texts.join(', ')}`
    return {
      ...only,
      notes: [...only.notes, `${whereText(this.at)}: of what ${tool} runs, only the server is taken`],
    }
  }
}

function isForDevelopment(reading: Reading | string | undefined): boolean {
  return typeof reading === 'object' && reading.runs.kind === 'tool' && isDevelopmentTool(reading.runs)
}

/** A tool that serves sources to somebody who works on them, or builds them again and again. */
export function isDevelopmentTool({ tool, args }: { tool: string; args: readonly Word[] }): boolean {
  const line = [tool, ...args.map(({ text }) => text)].join(' ')
  return /^(?:vite|webpack|webpack-dev-server|parcel|react-scripts|ng|vue-cli-service|tsc|rollup|esbuild|tailwindcss|sass|snowpack|rsbuild|craco|gatsby|eleventy|docusaurus|storybook|vitepress|astro|next|nuxt|nuxi)\b/.test(
    line,
  )
}

function runner(
  tool: string,
  words: readonly Word[],
  cwd: string,
  result: (runs: Runs, notes?: string[]) => Reading,
): Reading | string {
  const isWatch = words[0]?.text === 'watch'
  const start = isWatch || (tool === 'bun' && words[0]?.text === 'run') ? 1 : 0
  const valued = RUNNERS[tool] ?? []
  let index = start
  for (; index < words.length && words[index]?.text.startsWith('-'); index += 1) {
    const option = words[index]?.text ?? ''
    if (valued.includes(option) || takesValue(option)) index += 1
  }
  const entry = words[index]
  if (!entry) return `${tool} is given no file`
  if (entry.variables) return `the file that ${tool} runs depends on a variable`
  const options = words.slice(start, index).filter(({ text }) => !/^--(?:watch|hot)$/.test(text))
  const notes =
    isWatch || options.length < index - start
      ? [`${tool} watches its sources for development: here it doesn't`]
      : []
  return result(
    { kind: 'runner', tool, options, entry: inDir(cwd, entry.text), args: words.slice(index + 1) },
    notes,
  )
}
