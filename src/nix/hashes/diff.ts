import { applyEdits, type HashEdit } from './edits.js'
import type { TextFile } from './places.js'

/** A line of a difference: a heading, or what goes and what comes. */
export interface DiffLine {
  kind: 'file' | 'removed' | 'added'
  text: string
}

/** What edits change, line by line; an edit stays within its line. */
export function diffLines(files: readonly TextFile[], edits: readonly HashEdit[]): DiffLine[] {
  return files.flatMap(({ path, text }) => {
    const own = edits.filter((edit) => edit.path === path)
    const [before, after] = [text.split('\n'), applyEdits(text, own).split('\n')]
    const lines = [...new Set(own.map(({ line }) => line))].sort((a, b) => a - b)
    return lines.flatMap((line): DiffLine[] => [
      { kind: 'file', text: `${path}:${line}` },
      { kind: 'removed', text: before[line - 1] ?? '' },
      { kind: 'added', text: after[line - 1] ?? '' },
    ])
  })
}
