/** A unit file as systemd reads it: lines that go on are one; the directives of each section, in order. */
export function unitSections(text: string): Record<string, string[]> {
  const sections: Record<string, string[]> = {}
  let current: string[] = []
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const header = /^\[(.*)\]$/.exec(line.trim())
    if (header) {
      current = sections[header[1] ?? ''] ?? []
      sections[header[1] ?? ''] = current
    } else if (line.trim() !== '' && !/^\s*[#;]/.test(line)) current.push(line)
  }
  return sections
}

/** The heads of what stands outermost in nginx's configuration, as nginx takes it apart. */
export function nginxHeads(text: string): string[] {
  const heads: string[] = []
  let depth = 0
  let head = ''
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '\\') {
      at += 1
    } else if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") {
      // Only where a word begins; elsewhere it is a part of it.
      if (/[\s({]$/.test(text.slice(0, at))) quote = character
    } else if (character === '{' || character === ';') {
      if (depth === 0) heads.push(head.trim())
      if (character === '{') depth += 1
      head = ''
      continue
    } else if (character === '}') {
      depth -= 1
      head = ''
      if (depth < 0) throw new Error('a block ends that was not begun')
      continue
    }
    if (depth === 0) head += character
  }
  if (depth !== 0 || quote !== '') throw new Error('it does not end')
  return heads
}
