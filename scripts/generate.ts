import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generatedFiles } from '../src/config/generated-files.js'
import { referenceSections } from '../src/config/reference.js'

// `npm run generate`: writes what follows from the config's schema.
for (const [path, text] of Object.entries(generatedFiles(referenceSections()))) {
  writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), text)
}
