/** Tags that hold where a release runs; those of processors hold too, since any of them may be the host's. */
const HOLDS = /^(?:linux|unix|cgo|gc|amd64|arm64|go1\.\d+)$/

/** Systems and processors that a file's name may end in (go help buildconstraint). */
const SYSTEMS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
)
const PROCESSORS = new Set(
  '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm'.split(' '),
)

/** Whether a file of Go is compiled on Linux, with some tags of its own. */
export function isBuilt(file: string, text: string, tags: readonly string[] = []): boolean {
  const holds = (tag: string) => HOLDS.test(tag) || tags.includes(tag)
  const parts = (file.split('/').at(-1) ?? file).replace(/\.go$/, '').split('_').slice(1).slice(-2)
  const last = parts.at(-1) ?? ''
  const named = PROCESSORS.has(last)
    ? [last, ...parts.slice(0, -1).filter((part) => SYSTEMS.has(part))]
    : SYSTEMS.has(last)
      ? [last]
      : []
  if (!named.every(holds)) return false
  // Constraints stand before the package clause.
  const head = text.slice(0, text.search(/^\s*package\s/m))
  const line = /^\/\/go:build\s+(.+)$/m.exec(head)?.[1]
  if (line !== undefined) return evaluate(line, holds)
  // The older form: lines are joined by "and", words by "or", commas by "and".
  return [...head.matchAll(/^\/\/\s*\+build\s+(.+)$/gm)].every(([, words = '']) =>
    words
      .split(/\s+/)
      .some((word) =>
        word.split(',').every((tag) => (tag.startsWith('!') ? !holds(tag.slice(1)) : holds(tag))),
      ),
  )
}

/** `linux && !(cgo || tag)`; true where it can't be read, so that nothing is left out. */
function evaluate(expression: string, holds: (tag: string) => boolean): boolean {
  const tokens = expression.replace(/\/\/.*$/, '').match(/&&|\|\||[!()]|[\w.]+/g) ?? []
  const or = (): boolean => {
    let value = and()
    while (tokens[0] === '||') {
      tokens.shift()
      const right = and()
      value ||= right
    }
    return value
  }
  const and = (): boolean => {
    let value = not()
    while (tokens[0] === '&&') {
      tokens.shift()
      const right = not()
      value &&= right
    }
    return value
  }
  const not = (): boolean => {
    const token = tokens.shift()
    if (token === '!') return !not()
    if (token !== '(') return token === undefined || holds(token)
    const value = or()
    tokens.shift()
    return value
  }
  return or()
}
