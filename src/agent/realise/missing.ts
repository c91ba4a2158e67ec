/** What it takes to have a path, as `nix-store --realise --dry-run` says. */
export interface Missing {
  /** Derivations that would be built. */
  build: string[]
  /** Paths that caches have which the host trusts. */
  fetch: string[]
  /** What these take on the disk. */
  fetchBytes: number
}

const BYTES: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }

/** Reads what is printed on standard error: headings, each with paths below it. */
export function parseMissing(text: string): Missing {
  const missing: Missing = { build: [], fetch: [], fetchBytes: 0 }
  let list: string[] | undefined
  for (const line of text.split('\n')) {
    const path = /^ +(\/\S+)$/.exec(line)?.[1]
    if (path !== undefined) {
      list?.push(path)
      continue
    }
    const [fetched, size, unit] =
      /will be fetched(?: \(.* download, ([\d.]+) (\w+) unpacked\))?/.exec(line) ?? []
    list = /will be built:/.test(line) ? missing.build : fetched === undefined ? undefined : missing.fetch
    if (size !== undefined) missing.fetchBytes += Math.ceil(Number(size) * (BYTES[unit ?? ''] ?? 1))
  }
  return missing
}
