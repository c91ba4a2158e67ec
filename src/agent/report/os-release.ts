import { readText } from '../files.js'

/** os-release(5): the first that is there. */
const OS_RELEASE = ['/etc/os-release', '/usr/lib/os-release']

export interface Os {
  id: string
  /** Empty where it has none, as rolling releases do. */
  version: string
}

/** The host's operating system. */
export async function osRelease(paths: readonly string[] = OS_RELEASE): Promise<Os> {
  for (const path of paths) {
    const text = await readText(path)
    if (text !== undefined) return osIn(text)
  }
  return osIn('')
}

export function osIn(text: string): Os {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = line.match(/^\s*([A-Z0-9_]+)=(.*)$/) ?? []
    if (key !== undefined && value !== undefined) values.set(key, unquoted(value.trim()))
  }
  // What systems without an ID are called there.
  return { id: values.get('ID') || 'linux', version: values.get('VERSION_ID') ?? '' }
}

/** A value without the quotes of a shell. */
function unquoted(value: string): string {
  const quoted = value.match(/^"(.*)"$|^'(.*)'$/)
  return (quoted?.[1] ?? quoted?.[2] ?? value).replace(/\\(.)/g, '$1')
}
