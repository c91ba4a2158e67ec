import { createHmac, timingSafeEqual } from 'node:crypto'

export type Forge = 'github' | 'gitlab' | 'forgejo'

/** Headers of a request, by their names in small letters. */
export type Headers = (name: string) => string | undefined

/** Checks one request: it is given the body as it comes. */
export interface Checker {
  update(piece: Uint8Array): void
  /** Whether the forge has sent it. */
  isAuthentic(): boolean
}

/** A signature that carries a time counts for so long: Standard Webhooks, "Verifying webhook authenticity". */
const TOLERANCE_MS = 5 * 60_000

/**
 * How a forge signs:
 * - GitHub: HMAC-SHA256 of the body in hex, in `X-Hub-Signature-256: sha256=…`.
 * - Forgejo, Gitea: the same in bare hex, in `X-Forgejo-Signature` or `X-Gitea-Signature`.
 * - GitLab: with a signing token (`whsec_…`), as Standard Webhooks; with a secret token, that token itself in
 *   `X-Gitlab-Token`.
 */
export function checkerOf(forge: Forge, secret: string, header: Headers, now: number): Checker {
  switch (forge) {
    case 'github':
      return hmac(
        Buffer.from(secret),
        'hex',
        /^sha256=([0-9a-f]{64})$/.exec(header('x-hub-signature-256') ?? '')?.[1],
      )
    case 'forgejo': {
      const given = header('x-forgejo-signature') ?? header('x-gitea-signature') ?? ''
      return hmac(Buffer.from(secret), 'hex', /^([0-9a-f]{64})$/.exec(given)?.[1])
    }
    case 'gitlab':
      return secret.startsWith('whsec_')
        ? standard(secret, header, now)
        : token(secret, header('x-gitlab-token'))
  }
}

function hmac(key: Buffer, encoding: 'hex' | 'base64', ...expected: (string | undefined)[]): Checker {
  const mac = createHmac('sha256', key)
  return {
    update: (piece) => void mac.update(piece),
    isAuthentic: () => {
      const right = mac.digest(encoding)
      return expected.some((given) => given !== undefined && isSame(given, right))
    },
  }
}

/** Standard Webhooks, symmetric: `v1,` and HMAC-SHA256 in base64 of id, time and body; several while a key is replaced. */
function standard(secret: string, header: Headers, now: number): Checker {
  const [id = '', time = ''] = [header('webhook-id'), header('webhook-timestamp')]
  const fresh = /^\d{1,12}$/.test(time) && Math.abs(now - Number(time) * 1000) <= TOLERANCE_MS
  const given = (header('webhook-signature') ?? '').split(' ').flatMap((one) => {
    const text = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1]
    return text === undefined ? [] : [text]
  })
  const checker = hmac(Buffer.from(secret.slice('whsec_'.length), 'base64'), 'base64', ...given)
  checker.update(Buffer.from(`${id}.${time}.`))
  return { update: checker.update, isAuthentic: () => id !== '' && fresh && checker.isAuthentic() }
}

function token(secret: string, given: string | undefined): Checker {
  return { update: () => undefined, isAuthentic: () => given !== undefined && isSame(given, secret) }
}

/** Takes the same time wherever they differ; digests have one length. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'slipway').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
