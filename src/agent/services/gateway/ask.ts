import { connect } from 'node:net'
import type { Gateway } from '../../../contract/service.js'
import { ANSWER_BYTES, type Answer, nothingWithin, problemText } from '../answer.js'
import { addressOf } from '../connection-probe.js'
import type { Asked, Where } from '../probe.js'
import { fastcgiAnswer, fastcgiRequest } from './fastcgi.js'
import { cgiAnswer } from './response.js'
import { uwsgiRequest } from './uwsgi.js'

/** What is read of an answer at most, in bytes: a head of nginx's usual limit, a body as of HTTP, and what frames them. */
const MOST_BYTES = 32 * 1024 + 2 * ANSWER_BYTES

/** Asks a program once by uWSGI's protocol or FastCGI. */
export function askByGateway(where: Where, gateway: Gateway, asked: Asked): Promise<Answer> {
  const isFastcgi = gateway.protocol === 'fastcgi'
  const variables = { ...variablesOf(asked), ...gateway.params }
  return new Promise((resolve) => {
    const socket = connect(addressOf(where))
    let received = Buffer.alloc(0)
    const end = (answer: Answer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => {
      end({ code: 0, problem: nothingWithin(asked.timeoutMs) })
    }, asked.timeoutMs)
    const read = () => end(cgiAnswer(isFastcgi ? fastcgiAnswer(received).output : received, ANSWER_BYTES))
    socket.on('error', (error) => end({ code: 0, problem: problemText(error) }))
    socket.on('end', read)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= MOST_BYTES || (isFastcgi && fastcgiAnswer(received).isWhole)) read()
    })
    socket.write(isFastcgi ? fastcgiRequest(variables) : uwsgiRequest(variables))
  })
}

/** A GET request as variables (RFC 3875, 4.1). */
function variablesOf({ path, host = 'localhost' }: Asked): Record<string, string> {
  const [before = '', query = ''] = path.split(/\?(.*)/s)
  return {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_SOFTWARE: 'slipway',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_NAME: host,
    SERVER_PORT: '80',
    REMOTE_ADDR: '127.0.0.1',
    REQUEST_METHOD: 'GET',
    REQUEST_SCHEME: 'http',
    REQUEST_URI: path,
    QUERY_STRING: query,
    CONTENT_TYPE: '',
    CONTENT_LENGTH: '',
    SCRIPT_NAME: '',
    PATH_INFO: decoded(before),
    HTTP_HOST: host,
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
