import type { ServerEvent } from '../../server/store/events.js'

/** A line about something that happened on a server. */
export function eventText({ at, source, job, kind, data }: ServerEvent): string {
  const time = new Date(at).toISOString().slice(0, 19).replace('T', ' ')
  const about = job === null ? source : `${source} #${job}`
  return `${time} UTC  ${about}: ${whatText(kind, data)}`
}

function whatText(kind: ServerEvent['kind'], data: ServerEvent['data']): string {
  const text = (key: string) => String(data[key] ?? '')
  switch (kind) {
    case 'unreachable':
      return `the branch can't be looked at: ${text('problem')}`
    case 'reachable':
      return 'the branch can be looked at again'
    case 'delivery':
      return `webhook ${text('event')}: ${text('verdict')}`
    case 'queued':
      return `${text('kind')} of ${text('commit').slice(0, 8)} waits (${text('cause')}, ${text('actor')})`
    case 'began':
      return 'begins'
    case 'step':
      return text('step')
    case 'host':
      return [`${text('host')}: ${text('item')}`, text('step'), text('detail')].filter(Boolean).join(' ')
    case 'stopping':
      return `is told to stop: ${text('by')}`
    case 'again':
      return data.died === true ? 'its process has died; begins again' : 'begins again'
    case 'ended':
      return data.reason ? `${text('state')}: ${text('reason')}` : text('state')
    case 'held':
      return `held (${text('kind')}) by ${text('actor')}`
    case 'resumed':
      return `resumed by ${text('actor')}`
  }
}
