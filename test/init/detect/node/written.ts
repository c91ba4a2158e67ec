import { detectionText, setupText } from '../../../../src/cli/text/detection-text.js'
import { errorText } from '../../../../src/cli/text/error-text.js'
import { SlipwayError } from '../../../../src/errors.js'
import { initialise, textTree } from '../corpus.js'

/** The files of a repository by their paths; an object is JSON. */
export type Files = Record<string, string | object>

/** What `init --yes` says and writes; of the flake, what is its own: its packages. */
export function written(name: string, files: Files, flags: Record<string, string> = {}): string {
  const texts = Object.entries(files).map(([file, content]) => [
    file,
    typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`,
  ])
  try {
    const { detection, setup, config, flake } = initialise(
      textTree(Object.fromEntries(texts), name),
      undefined,
      flags,
    )
    const packages = /^ {6}# `nix build`\n([\s\S]*?)\n {6}# `nix run`/m.exec(flake ?? '')?.[1] ?? ''
    return [
      detectionText(detection),
      setupText(setup, detection),
      '',
      config,
      packages.replace(/^ {6}/gm, '').trimEnd(),
      '',
    ].join('\n')
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error
    return `${errorText(error)}\n`
  }
}
