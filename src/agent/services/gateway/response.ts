import type { Answer } from '../answer.js'

/**
 * What a program answered: headers, of which `Status` says how it went (RFC 3875, 6.2), or as uWSGI has it an answer of
 * HTTP with a status line. `mostBytes`: what is shown of its body.
 */
export function cgiAnswer(output: Buffer, mostBytes: number): Answer {
  const text = output.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return { code: 0, problem: 'what came is no answer of this protocol' }
  const head = text.slice(0, end.index)
  const body = output.subarray(end.index + end[0].length, end.index + end[0].length + mostBytes).toString()
  const [, status] = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(head) ?? /^status:\s*(\d{3})/im.exec(head) ?? []
  if (status !== undefined) return { code: Number(status), body }
  if (!/^[\w-]+:/.test(head)) return { code: 0, problem: 'what came is no answer of this protocol' }
  return { code: /^location:/im.test(head) ? 302 : 200, body }
}
