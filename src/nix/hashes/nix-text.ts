/** A part of a text: from its first character to the one after its last. */
export interface Range {
  start: number
  end: number
}

/** What stands in a Nix file, as far as finding a hash in it needs. */
export interface NixText {
  comments: Range[]
  /** Sets, and other things in braces, with their braces. */
  braces: Range[]
  /** Strings with their quotes. */
  strings: Range[]
}

/** Where the scan is: between braces, or in one of Nix's two kinds of string. */
type Mode = '{' | '"' | "''"

/** Reads a Nix file just far enough to tell comments, strings and braces apart. */
export function scanNix(text: string): NixText {
  const found: NixText = { comments: [], braces: [], strings: [] }
  const open: { mode: Mode; start: number }[] = []
  let at = 0
  const close = (list: Range[], length: number) => {
    const start = open.pop()?.start ?? at
    at += length
    list.push({ start, end: at })
  }
  const enter = (mode: Mode, length: number) => {
    open.push({ mode, start: at })
    at += length
  }
  const skipComment = (end: number, length: number) => {
    const start = at
    at = end === -1 ? text.length : end + length
    found.comments.push({ start, end: at })
  }
  while (at < text.length) {
    const mode = open.at(-1)?.mode ?? '{'
    if (mode === '{') {
      const word = /[A-Za-z0-9_][\w'-]*/y
      word.lastIndex = at
      if (text[at] === '#') skipComment(text.indexOf('\n', at), 0)
      else if (text.startsWith('/*', at)) skipComment(text.indexOf('*/', at + 2), 2)
      else if (text[at] === '"') enter('"', 1)
      else if (text.startsWith("''", at)) enter("''", 2)
      else if (text[at] === '{') enter('{', 1)
      else if (text[at] === '}') close(found.braces, 1)
      else at += word.exec(text)?.[0].length ?? 1
    } else if (text.startsWith('$${', at)) at += 3
    else if (text.startsWith('${', at)) enter('{', 2)
    else if (mode === '"') {
      if (text[at] === '"') close(found.strings, 1)
      else at += text[at] === '\\' ? 2 : 1
    } else if (!text.startsWith("''", at)) at += 1
    else if (text[at + 2] === '$' || text[at + 2] === "'") at += 3
    else if (text[at + 2] === '\\') at += 4
    else close(found.strings, 2)
  }
  return found
}

/** The ranges around a place, the innermost first. */
export function around(ranges: readonly Range[], place: number): Range[] {
  return ranges.filter(({ start, end }) => start < place && place < end).sort((a, b) => b.start - a.start)
}

/** The attribute that a value starting at a place is given to: `outputHashes."x-1.0"` of `outputHashes."x-1.0" = `. */
export function attributeBefore(text: string, place: number): string | undefined {
  const line = /([\w'-]+|"[^"\n]*")(\s*\.\s*([\w'-]+|"[^"\n]*"))*\s*=\s*$/.exec(text.slice(0, place))
  return line?.[0].replace(/\s*=\s*$/, '').replace(/\s*\.\s*/g, '.')
}
