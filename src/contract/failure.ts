import * as z from 'zod/mini'

/** Who works on a host. */
export const holderSchema = z.object({
  id: z.string(),
  who: z.string(),
  what: z.string(),
  /** Seconds since 1970. */
  since: z.number(),
})
export type Holder = z.infer<typeof holderSchema>

/** Why a call came to nothing, as data of a JSON-RPC error. */
export const failureSchema = z.discriminatedUnion('kind', [
  /** Somebody else works on the host. */
  z.object({ kind: z.literal('locked'), holder: z.nullable(holderSchema) }),
  /** The login's key may not do that. */
  z.object({ kind: z.literal('refused'), reasons: z.array(z.string()) }),
  /** The host has no such activation (any more). */
  z.object({ kind: z.literal('gone') }),
  /** The call's parameters are not what its schema says. */
  z.object({ kind: z.literal('invalid'), problem: z.string() }),
  /** The other end speaks another version of the contract. */
  z.object({ kind: z.literal('version'), contract: z.number() }),
  /** The host could not do it. */
  z.object({
    kind: z.literal('failed'),
    what: z.string(),
    why: z.optional(z.string()),
    next: z.optional(z.string()),
    /** Whether for want of room on its disk. */
    full: z.optional(z.boolean()),
  }),
])
export type Failure = z.infer<typeof failureSchema>

/** The one code of JSON-RPC's range for applications (-32000 to -32099) that carries a {@link Failure}. */
export const FAILURE_CODE = -32000

/** Thrown by a verb, or by a call of one. */
export class CallFailed extends Error {
  override name = 'CallFailed'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failureText(failure))
    this.failure = failure
  }
}

/** The host could not do what was asked. */
export function failed(what: string, more: { why?: string; next?: string; full?: boolean } = {}): CallFailed {
  return new CallFailed({ kind: 'failed', what, ...more })
}

/** One line about a failure, for logs. */
export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case 'locked':
      return failure.holder
        ? `${failure.holder.who} is at work: ${failure.holder.what}`
        : 'somebody is at work'
    case 'refused':
      return failure.reasons.join('; ')
    case 'gone':
      return 'there is no such activation'
    case 'invalid':
      return failure.problem
    case 'version':
      return `the other end speaks version ${failure.contract} of the contract`
    case 'failed':
      return failure.why === undefined ? failure.what : `${failure.what}: ${failure.why}`
  }
}
