import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

/** The list is the path: /lists/party is a page of the browser's, and no file. */
const list = /^\/lists\/([\w-]+)$/.exec(window.location.pathname)?.[1] ?? 'home'

/** What is on the list, once it was asked, or told, as `options` say. */
async function itemsAfter(options) {
  const answer = await fetch(`/api/lists/${list}`, options)
  if (!answer.ok) throw new Error(`The server answers ${answer.status}`)
  return (await answer.json()).items
}

function List() {
  const [items, setItems] = useState([])
  useEffect(() => void itemsAfter().then(setItems), [])
  const add = async (form) => {
    const body = JSON.stringify({ item: form.get('item') })
    setItems(await itemsAfter({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body }))
  }
  return (
    <main>
      <h1>{list}</h1>
      <ul>
        {items.map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items are only added, and may be twice on a list
          <li key={at}>{item}</li>
        ))}
      </ul>
      <form action={add}>
        <input name="item" required aria-label="What is missing" />
        <button type="submit">Add</button>
      </form>
    </main>
  )
}

createRoot(document.getElementById('root')).render(<List />)
