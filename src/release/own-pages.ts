import { block, HSTS } from './nginx-block.js'

/** When a browser, or a crawler, may come back to a service in maintenance. */
const RETRY_AFTER_SECONDS = 60

/** Pages of ours for what the service itself can't answer. They are complete in themselves: nothing else may be up. */
export function renderOwnPages(service: string): string {
  return (
    page(
      `@slipway_down_${service}`,
      502,
      'Not available',
      'This service does not answer right now. Please try again in a moment.',
    ) +
    page(
      `@slipway_closed_${service}`,
      503,
      'Maintenance',
      'This service is being worked on, and will be back soon.',
    )
  )
}

function page(name: string, status: number, title: string, text: string): string {
  const html =
    `<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>` +
    `<title>${title}</title><body style='font:1.2em/1.5 sans-serif;max-width:30em;margin:20vh auto;padding:1em'>` +
    `<h1>${title}</h1><p>${text}</html>`
  return block(`location ${name}`, [
    'internal;',
    'default_type text/html;',
    'add_header Cache-Control no-store always;',
    HSTS,
    ...(status === 503 ? [`add_header Retry-After ${RETRY_AFTER_SECONDS} always;`] : []),
    `return ${status} "${html}";`,
  ])
}
