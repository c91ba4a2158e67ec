import { withoutComments } from '../source.js'
import type { FileTree } from '../tree.js'

/** What `setup.cfg` or `setup.py` say of a project. */
export interface SetupFile {
  file: string
  name: string | undefined
  /** `python_requires`. */
  python: string | undefined
  /** Dependencies, a PEP 508 line each; undefined where a program computes them. */
  requires: string[] | undefined
  /** Names of `console_scripts`. */
  scripts: string[]
}

/** Reads `setup.cfg` as Python's configparser does: what is indented goes on. */
export function readSetupCfg(tree: FileTree, file: string): SetupFile | undefined {
  const text = tree.read(file)
  if (text === undefined) return undefined
  const sections = parseSections(text)
  const lines = (section: string, key: string) =>
    (sections.get(section)?.get(key) ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  return {
    file,
    name: lines('metadata', 'name')[0],
    python: lines('options', 'python_requires')[0],
    requires: lines('options', 'install_requires'),
    scripts: lines('options.entry_points', 'console_scripts').map(scriptName),
  }
}

function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>()
  let section = new Map<string, string>()
  let key: string | undefined
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(raw)) continue
    const head = /^\[([^\]]+)\]/.exec(raw)?.[1]
    const pair = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(raw)
    if (head !== undefined) {
      section = sections.get(head) ?? new Map()
      sections.set(head, section)
      key = undefined
    } else if (/^\s/.test(raw) && key !== undefined) section.set(key, `${section.get(key)}\n${raw}`)
    else if (pair?.[1] !== undefined) {
      key = pair[1].toLowerCase().replaceAll('-', '_')
      section.set(key, pair[2] ?? '')
    }
  }
  return sections
}

const STRING = /(?:"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)')/

/** Reads the literals of a `setup.py`; what it computes only Python could tell. */
export function readSetupPy(tree: FileTree, file: string): SetupFile | undefined {
  const raw = tree.read(file)
  if (raw === undefined) return undefined
  const text = withoutComments(raw, 'python')
  const literal = (key: string) => {
    const match = new RegExp(String.raw`\b${key}\s*=\s*${STRING.source}`).exec(text)
    return match?.[1] ?? match?.[2]
  }
  const list = (key: string, separator: string) => {
    const start = new RegExp(String.raw`["']?\b${key}\b["']?\s*${separator}\s*`).exec(text)
    if (!start) return []
    const rest = text.slice(start.index + start[0].length)
    const all = new RegExp(String.raw`^[[(]((?:\s*${STRING.source}\s*,?)*)\s*[\])]`).exec(rest)?.[1]
    return all === undefined
      ? undefined
      : [...all.matchAll(new RegExp(STRING, 'g'))].map((match) => match[1] ?? match[2] ?? '')
  }
  return {
    file,
    name: literal('name'),
    python: literal('python_requires'),
    requires: list('install_requires', '='),
    scripts: (list('console_scripts', ':') ?? []).map(scriptName),
  }
}

function scriptName(line: string): string {
  return line.split('=')[0]?.trim() ?? line
}
