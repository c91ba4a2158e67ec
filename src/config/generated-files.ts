import { referenceText, type Section, typesText } from './reference.js'

/** What is generated from the config's schema, by its path in the repository. */
export function generatedFiles(sections: readonly Section[]): Record<string, string> {
  const head =
    '# slipway.config.ts\n\nEvery field, from the schema that validates it; `slipway docs` prints the same. Several environments in one file: [environments.md](environments.md).\n\n'
  return {
    'docs/config.md': `${head}${referenceText(sections)}\n`,
    'src/config/types.ts': typesText(sections),
  }
}
