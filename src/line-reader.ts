import { StringDecoder } from 'node:string_decoder'

/** Puts lines together from the chunks of a stream. */
export interface LineReader {
  /** Takes a chunk, which may end within a line or a character. */
  add(chunk: Buffer): void
  /** Gives what came after the last line's end. */
  end(): void
}

/** Calls back for each line as soon as it is whole. */
export function createLineReader(onLine: (line: string) => void): LineReader {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    add: (chunk) => {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end: () => {
      rest += decoder.end()
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}
