import type { Http } from '../contract/http.js'
import type { Gateway } from '../contract/service.js'
import { COMPRESS } from './nginx-route.js'

/** Uploads larger than nginx's own 1 MiB are usual; a limit stays, since nginx buffers them on disk. */
const MAX_BODY_BYTES = 64 * 1024 ** 2
/** What nginx keeps on the disk of an answer that a client takes slowly; its own limit, 1 GiB, is for few clients. */
const MAX_WAITING_BYTES = 64 * 1024 ** 2
/** Frameworks that keep sessions in cookies, or name all they preload, send 16 KiB; nginx's own limit is 4 or 8. */
const MAX_HEAD_BYTES = 32 * 1024
/** How long a program may stay silent: long enough for WebSockets and event streams with a heartbeat. */
const TIMEOUT_MS = 300_000
/** nginx's buffers for the rest of an answer, each. */
const BUFFER_BYTES = 8192

/** What bounds a request and its answer. `module`: what the directives of the protocol begin with. */
export function limitLines(module: 'proxy' | Gateway['protocol'], http: Http): string[] {
  const {
    maxBodyBytes = MAX_BODY_BYTES,
    maxHeadBytes = MAX_HEAD_BYTES,
    timeoutMs = TIMEOUT_MS,
    bufferRequests = true,
    bufferResponses = true,
    accelRedirect = false,
    compress = false,
  } = http
  return [
    // They would lead past what a location asks for, and to files; X-Accel-Buffering, of event streams, stays.
    ...(accelRedirect
      ? []
      : [`${module}_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset;`]),
    `${module}_read_timeout ${timeoutMs}ms;`,
    `${module}_send_timeout ${timeoutMs}ms;`,
    `client_max_body_size ${maxBodyBytes};`,
    ...headBuffers(module, maxHeadBytes),
    `${module}_max_temp_file_size ${MAX_WAITING_BYTES};`,
    ...(bufferRequests ? [] : [`${module}_request_buffering off;`]),
    ...(bufferResponses ? [] : [`${module}_buffering off;`]),
    ...(compress ? [COMPRESS] : []),
  ]
}

/** An answer's head has to fit into one buffer; the others need to be more than the part of them that may be sent. */
function headBuffers(module: string, bytes: number): string[] {
  const others = Math.max(8, Math.ceil(bytes / BUFFER_BYTES) + 2)
  return [
    `${module}_buffer_size ${bytes};`,
    `${module}_buffers ${others} ${BUFFER_BYTES};`,
    `${module}_busy_buffers_size ${Math.max(bytes, 2 * BUFFER_BYTES)};`,
  ]
}
