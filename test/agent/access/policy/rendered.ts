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
