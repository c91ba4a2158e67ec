/** What a shell would make something of, and nobody else does: the words of `run` are what the program gets. */
const SHELL_ONLY: readonly { pattern: RegExp; expected: (found: string) => string }[] = [
  {
    pattern: /\$(?:\w+|[{(])/,
    expected: (found) =>
      `${found} would reach the program as it stands: no shell takes these words apart. Let the program read the variable, or a script of the package; with \`listen: { port: 3000 }\` the number can be written`,
  },
  {
    pattern: /["'`\\]/,
    expected: (found) =>
      `${found} would reach the program as it stands: no shell takes these words apart. Write an array, an entry for each word: ['program', '--title', 'My Forum']`,
  },
  {
    pattern: /(?<=^|\s)(?:&&?|\|\|?|;|[0-9]?>>?|<)(?=\s|$)/,
    expected: (found) =>
      `${found} would reach the program as a word: no shell reads this. Have a script of the package do it, or \`before\` for what comes first`,
  },
  {
    pattern: /^\s*[A-Za-z_]\w*=\S*/,
    expected: (found) => `${found} would be taken for the program: write variables in \`env\``,
  },
]

/** What of a command line only a shell would understand; undefined: nothing. */
export function shellProblem(text: string): string | undefined {
  for (const { pattern, expected } of SHELL_ONLY) {
    const found = pattern.exec(text)?.[0].trim()
    if (found !== undefined) return expected(found)
  }
  return undefined
}
