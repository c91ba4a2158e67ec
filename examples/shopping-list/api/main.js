import { once } from 'node:events'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import express from 'express'

/** Only appended to, so two releases can use it while one takes over. */
const FILE = join(process.env.STATE_DIRECTORY ?? '.', 'items.jsonl')

async function itemsOf(list) {
  const text = await readFile(FILE, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => JSON.parse(line))
    .filter((entry) => entry.list === list)
    .map((entry) => entry.item)
}

const app = express()
app.use(express.json())
app.get('/health', (_, response) => response.send('ok\n'))
app.get('/lists/:list', async ({ params }, response) => response.json({ items: await itemsOf(params.list) }))
app.post('/lists/:list', async ({ params, body }, response) => {
  if (typeof body?.item !== 'string') return response.status(422).json({ error: 'an item is a text' })
  await appendFile(FILE, `${JSON.stringify({ list: params.list, item: body.item })}\n`)
  response.status(201).json({ items: await itemsOf(params.list) })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
await once(server, 'listening')
console.log(`listening on http://127.0.0.1:${server.address().port}`)
await once(process, 'SIGTERM')
server.close()
