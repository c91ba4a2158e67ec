/** What the encrypted file holds. */
export interface SecretsDocument {
  /** By `NAME` for all services, or `SERVICE/NAME` for one, which comes first. */
  values: Record<string, string>
  /** Who the file was last encrypted for: public keys, by name. */
  recipients: Record<string, string>
  /** By public key, who could once read values that have not changed since, and which. */
  former: Record<string, { name: string; knows: string[] }>
}

export const EMPTY_DOCUMENT: SecretsDocument = { values: {}, recipients: {}, former: {} }

/** Where a value is kept in the file. */
export function secretKey(name: string, service?: string): string {
  return service === undefined ? name : `${service}/${name}`
}

/** A service's value: its own, else the one for all. */
export function valueFor(
  { values }: Pick<SecretsDocument, 'values'>,
  service: string,
  name: string,
): string | undefined {
  return values[secretKey(name, service)] ?? values[name]
}

/** The document with other values. What changed, former recipients can't know. */
export function withValues(document: SecretsDocument, values: SecretsDocument['values']): SecretsDocument {
  const same = (key: string) => key in values && values[key] === document.values[key]
  return { ...document, values, former: knownTo(document.former, same) }
}

/** The document as it is to be encrypted for recipients: those who are no longer among them are remembered. */
export function forRecipients(
  document: SecretsDocument,
  recipients: SecretsDocument['recipients'],
): SecretsDocument {
  const current = new Set(Object.values(recipients))
  const former = { ...document.former }
  for (const [name, key] of Object.entries(document.recipients)) {
    if (!current.has(key)) former[key] = { name, knows: Object.keys(document.values).sort() }
  }
  for (const key of current) delete former[key]
  return { ...document, recipients, former }
}

function knownTo(former: SecretsDocument['former'], keep: (key: string) => boolean) {
  return Object.fromEntries(
    Object.entries(former)
      .map(([key, { name, knows }]) => [key, { name, knows: knows.filter(keep) }] as const)
      .filter(([, { knows }]) => knows.length > 0),
  )
}
