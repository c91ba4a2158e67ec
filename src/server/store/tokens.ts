import { createHash, randomBytes } from 'node:crypto'
import type { Database } from './database.js'

export type Role = 'viewer' | 'deployer' | 'admin'

/** A token, without what it is: only who made it has that. */
export interface Token {
  name: string
  role: Role
  /** The sources it is for; null: all. */
  sources: string[] | null
  /** Milliseconds since 1970. */
  createdAt: number
  expiresAt: number | null
}

/** So that a token is found in what should not hold one. */
const PREFIX = 'slipway_'
/** Nobody guesses 256 bits. */
const BYTES = 32

/** Tokens: what others than the server's owner ask it with. */
export function createTokens(db: Database, now: () => number) {
  return {
    /** Makes one; undefined where the name is taken. It can't be shown again. */
    add(token: Pick<Token, 'name' | 'role' | 'sources' | 'expiresAt'>): string | undefined {
      const value = `${PREFIX}${randomBytes(BYTES).toString('base64url')}`
      const { changes } = db
        .sql(
          `INSERT INTO token (name, hash, role, sources, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (name) DO NOTHING`,
        )
        .run(
          ...([token.name, hashOf(value), token.role] as const),
          ...([token.sources && JSON.stringify(token.sources), now(), token.expiresAt] as const),
        )
      return changes === 1 ? value : undefined
    },
    /** The one that somebody has; undefined where it is none, or none any more. */
    find(value: string): Token | undefined {
      const row = db.sql('SELECT * FROM token WHERE hash = ?').get(hashOf(value))
      const token = row && tokenOf(row)
      return token && (token.expiresAt === null || token.expiresAt > now()) ? token : undefined
    },
    list: () => db.sql('SELECT * FROM token ORDER BY name').all().map(tokenOf),
    remove: (name: string) => db.sql('DELETE FROM token WHERE name = ?').run(name).changes === 1,
  }
}
export type Tokens = ReturnType<typeof createTokens>

function tokenOf(row: Record<string, unknown>): Token {
  return {
    name: String(row.name),
    role: row.role as Role,
    sources: row.sources === null ? null : (JSON.parse(String(row.sources)) as string[]),
    createdAt: Number(row.created_at),
    expiresAt: row.expires_at as number | null,
  }
}

/** A random value needs no slow hash. */
function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}
