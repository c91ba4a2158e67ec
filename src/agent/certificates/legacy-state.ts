import { splitOnce } from '../legacy-nginx.js'
import { type AttemptFailure, type Facts, factsSchema, failureSchema } from './state-schema.js'

/** Lines `key=value` that the shell program of 0.1 wrote about a certificate. */
export function legacyFacts(text: string): Facts {
  const lines = linesOf(text)
  return factsSchema.parse({
    version: 1,
    notBefore: Number(lines.get('not_before')),
    notAfter: Number(lines.get('not_after')),
    issuer: lines.get('issuer') || null,
    from: lines.get('from'),
    server: lines.get('server') || null,
  })
}

/** And about a failed attempt. */
export function legacyFailure(text: string): AttemptFailure {
  const lines = linesOf(text)
  return failureSchema.parse({
    version: 1,
    kind: lines.get('kind'),
    failures: Number(lines.get('failures') ?? 0),
    next: Number(lines.get('next') ?? 0) || null,
    problem: lines.get('problem') ?? '',
  })
}

function linesOf(text: string): Map<string, string> {
  return new Map(text.split('\n').map((line) => splitOnce(line, '=')))
}
