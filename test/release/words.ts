/** What gets lost where quoting is wrong. */
const PIECES = [
  ...'"\'`\\$%#;&|<>()[]{}*?!~=+-:,./@^_',
  ...' \t\n',
  'a',
  'Z',
  '0',
  'é',
  '漢',
  '🚀',
  '$HOME',
  '$' + '{HOME}',
  '$$',
  '$(id)',
  '%h',
  '%%',
  '\\n',
  '\\x41',
  '\\\n',
  '--',
  '&&',
]

/** Words made of difficult pieces; the same seed gives the same words. */
export function difficultWords(count: number, options: { without?: RegExp; seed?: number } = {}): string[] {
  const next = mulberry32(options.seed ?? 1)
  const pieces = PIECES.filter((piece) => !options.without?.test(piece))
  return Array.from({ length: count }, () =>
    Array.from({ length: next() % 12 }, () => pieces[next() % pieces.length]).join(''),
  )
}

/** A small generator of numbers below 2³² that look random. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
