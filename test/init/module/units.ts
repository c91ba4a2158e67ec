/** A unit's directives: `Section.Name=value`, sorted, with what systemd takes for the same written the same. */
export function directives(text: string): string[] {
  let section = ''
  const found: string[] = []
  for (const line of text.split('\n')) {
    const head = /^\[(\w+)\]$/.exec(line)
    if (head) section = head[1] ?? ''
    const entry = /^([A-Za-z]\w*)=(.*)$/.exec(line)
    if (entry) found.push(`${section}.${entry[1]}=${plain(entry[1] ?? '', entry[2] ?? '')}`)
  }
  return found.sort()
}

function plain(name: string, value: string): string {
  if (name === 'Environment' && value.startsWith('"')) return JSON.parse(value)
  return value === 'true' ? 'yes' : value === 'false' ? 'no' : value
}

/** What only one of two units has. */
export function differences(deploy: string, module: string): { deploy: string[]; module: string[] } {
  const [here, there] = [directives(deploy), directives(module)]
  return {
    deploy: here.filter((line) => !there.includes(line)),
    module: there.filter((line) => !here.includes(line)),
  }
}
