import { isLost, type Link, MANAGER, type Question, SYSTEMD } from './link.js'
import type { Links } from './links.js'
import { type Properties, unitObject } from './unit-state.js'

const PROPERTIES = 'org.freedesktop.DBus.Properties'

/** Asks what may be asked twice: once more where the connection was lost with the answer. */
export async function askAgain(links: Links, question: Question): Promise<unknown[]> {
  const link = await links.current()
  try {
    return await link.ask(question)
  } catch (error) {
    if (!isLost(error)) throw error
  }
  return await (await links.current()).ask(question)
}

export function manager(member: string, args: unknown[] = [], signature = 's'.repeat(args.length)): Question {
  return { ...MANAGER, member, signature, args }
}

/** All properties of a unit, those of its type among them; loads the unit where it isn't. */
export function allOfUnit(name: string): Question {
  // No interface: all of them in one answer.
  return { path: unitObject(name), interface: PROPERTIES, member: 'GetAll', signature: 's', args: [''] }
}

export function oneOf(path: string, type: string, property: string): Question {
  const args = [`${SYSTEMD}.${type}`, property]
  return { path, interface: PROPERTIES, member: 'Get', signature: 'ss', args }
}

/** All properties of a unit, over a connection that may be lost meanwhile. */
export async function unitProperties(link: Link, name: string): Promise<Properties> {
  return propertiesOf(await link.ask(allOfUnit(name)))
}

export function propertiesOf([properties]: unknown[]): Properties {
  if (typeof properties !== 'object' || properties === null) throw new Error('systemd told no properties')
  return properties as Properties
}
