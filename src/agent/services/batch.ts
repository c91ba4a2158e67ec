import { setTimeout as sleep } from 'node:timers/promises'

/** How long others may take to ask too, in milliseconds: an activation's services come here at about the same time. */
const GATHER_MS = 15

/** Answers questions about names together: whoever asks soon after another shares its answer. */
export function batched<Value>(
  answer: (asked: ReadonlyMap<string, Value>) => Promise<Map<string, string>>,
): (name: string, value: Value) => Promise<string | undefined> {
  let gathering: { asked: Map<string, Value>; answers: Promise<Map<string, string>> } | undefined
  return async (name, value) => {
    if (gathering === undefined) {
      const asked = new Map<string, Value>()
      const answers = (async () => {
        for (let size = -1; size !== asked.size; ) {
          size = asked.size
          await sleep(GATHER_MS)
        }
        gathering = undefined
        return answer(asked)
      })()
      gathering = { asked, answers }
    }
    gathering.asked.set(name, value)
    return (await gathering.answers).get(name)
  }
}
