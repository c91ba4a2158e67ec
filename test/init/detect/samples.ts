import assert from 'node:assert/strict'
import { ExitCode, SlipwayError } from '../../../src/errors.js'
import { detect } from '../../../src/init/detect/detect.js'
import { type Source, withoutComments } from '../../../src/init/detect/source.js'
import { textTree } from './corpus.js'

/** A source of some language. */
export function source(raw: string, syntax: 'c' | 'rust' | 'python' = 'c', file = 'main'): Source {
  return { file, raw, text: withoutComments(raw, syntax) }
}

/** What a refusal says; it must be one that the user can act on, with nothing contacted. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error))
    assert.equal(error.code, ExitCode.usage)
    return error.parts.what
  }
  assert.fail('nothing was refused')
}

/** What is found in a Go module of one program, whose main function does that. */
export function goDetection(main: string) {
  return detect(
    textTree({
      'go.mod': 'module example.org/clock',
      'main.go': `package main\n\nfunc main() { ${main} }\n`,
    }),
    undefined,
  )
}

/** What is found in a Go module of two servers. */
export const TWO = detect(
  textTree({
    'go.mod': 'module example.org/clock',
    'cmd/a/main.go': 'package main\n\nfunc main() { http.ListenAndServe(getenv("A_PORT", "3000"), nil) }\n',
    'cmd/b/main.go': 'package main\n\nfunc main() { http.ListenAndServe(getenv("B_PORT", "3000"), nil) }\n',
  }),
  undefined,
)

/** What somebody has answered, by flag. */
export function answers(entries: Record<string, string> = {}): Map<string, string> {
  return new Map(Object.entries(entries))
}
