/** Files in one text, as Go's txtar has them: a comment, then `-- name --` before each file. */
export interface Archive {
  comment: string
  files: Record<string, string>
}

const HEAD = /^-- (.+) --\n/m

/** Reads an archive. */
export function parseArchive(text: string): Archive {
  const [comment = '', ...parts] = text.split(HEAD)
  const files: Record<string, string> = {}
  for (let index = 0; index < parts.length; index += 2) files[parts[index] ?? ''] = parts[index + 1] ?? ''
  return { comment, files }
}

/** Writes an archive. */
export function formatArchive({ comment, files }: Archive): string {
  const parts = Object.entries(files).map(([name, text]) => `-- ${name} --\n${text}`)
  return `${comment}${parts.join('')}`
}
