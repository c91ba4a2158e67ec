import type { Word } from '../script.js'

/**
 * Options of Node that take a value, which may be the word after them (`node --help` has them with `=…`).
 * Those of V8 take theirs after `=` alone. A test compares this with the Node that runs it.
 */
const WITH_VALUE = new Set(
  `--allow-fs-read --allow-fs-write --build-snapshot-config -C --conditions --cpu-prof-dir --cpu-prof-interval
  --cpu-prof-name --diagnostic-dir --disable-proto --disable-warning --dns-result-order --env-file
  --env-file-if-exists --es-module-specifier-resolution -e --eval --experimental-config-file
  --experimental-default-type --experimental-loader --experimental-package-map --experimental-policy
  --experimental-sea-config --experimental-specifier-resolution --experimental-test-isolation --heap-prof-dir --heap-prof-interval
  --heap-prof-name --heapsnapshot-near-heap-limit --heapsnapshot-signal --icu-data-dir --import --input-type
  --inspect-port --inspect-publish-uid --loader --localstorage-file --max-http-header-size
  --max-old-space-size-percentage --network-family-autoselection-attempt-timeout --openssl-config
  --policy-integrity -r --redirect-warnings --report-dir --report-directory --report-filename --report-signal
  --require --run --secure-heap --secure-heap-min --snapshot-blob --test-concurrency --test-coverage-branches
  --test-coverage-exclude --test-coverage-functions --test-coverage-include --test-coverage-lines
  --test-global-setup --test-isolation --test-name-pattern --test-random-seed --test-reporter
  --test-reporter-destination --test-rerun-failures --test-shard --test-skip-pattern --test-timeout --title
  --tls-cipher-list --tls-keylog --trace-event-categories --trace-event-file-pattern --trace-require-module
  --unhandled-rejections --use-largepages --v8-pool-size --watch-kill-signal --watch-path
  --experimental-default-config-file --experimental-test-tag-filter`.split(/\s+/),
)

/** Options whose value is a module or a file that is loaded before the program. */
export const PRELOADS = new Set('-r --require --import --loader --experimental-loader'.split(' '))

/** Options that name a file with variables. */
export const ENV_FILES = new Set('--env-file --env-file-if-exists'.split(' '))

/** Options that are of use to somebody who changes the program while it runs. */
export const DEVELOPMENT = /^--(?:watch(?:-.*)?|inspect(?:-.*)?)$/

/** Options with which Node runs no file. */
const NO_FILE =
  /^(?:-e|--eval|-p|--print|-pe|-c|--check|-i|--interactive|-h|--help|-v|--version|--test|--completion-bash)$/

/** An option as it was given. */
export interface NodeOption {
  /** `--env-file`, also where `--env_file` was written. */
  name: string
  value: Word | undefined
}

/** Node's command line, taken apart. */
export type NodeCommand =
  | { options: NodeOption[]; entry: Word; args: Word[] }
  /** `node --run NAME`: a script of package.json. */
  | { script: string; args: Word[] }
  | { problem: string }

/** Takes the words after `node` apart. */
export function parseNode(words: readonly Word[]): NodeCommand {
  const options: NodeOption[] = []
  for (let index = 0; index < words.length; index += 1) {
    const current = words[index] as Word
    const isEnd = current.text === '--'
    if (isEnd || !current.text.startsWith('-') || current.text === '-') {
      const [entry, ...args] = words.slice(isEnd ? index + 1 : index)
      if (!entry || entry.text === '-') break
      if (entry.variables) return { problem: 'the file that node runs depends on a variable' }
      return { options, entry, args }
    }
    const { name, value } = nameAndValue(current)
    if (NO_FILE.test(name)) return { problem: `with ${name} node runs no file` }
    const isNext = value === undefined && WITH_VALUE.has(name)
    if (isNext) index += 1
    const taken = isNext ? words[index] : value
    if (name === '--run') return { script: taken?.text ?? '', args: words.slice(index + 1) }
    options.push({ name, value: taken })
  }
  return { problem: 'node is given no file' }
}

/** `--name=value`; underscores are dashes to Node. */
function nameAndValue({ text, variables }: Word): NodeOption {
  if (!text.startsWith('--')) return { name: text, value: undefined }
  const end = text.indexOf('=')
  const name = (end < 0 ? text : text.slice(0, end)).replaceAll('_', '-')
  return { name, value: end < 0 ? undefined : { text: text.slice(end + 1), variables } }
}

/** Whether an option of Node takes a value. */
export function takesValue(option: string): boolean {
  return WITH_VALUE.has(option)
}
