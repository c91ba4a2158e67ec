import leven from 'leven'

/** A typo is at most this share of the word's letters away from what was meant. */
const MAX_DISTANCE_SHARE = 0.4

/** The candidate that was probably meant, or undefined. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = distanceBetween(word.toLowerCase(), candidate.toLowerCase())
    if (!best || distance < best.distance) best = { candidate, distance }
  }
  const limit = Math.max(2, Math.ceil(word.length * MAX_DISTANCE_SHARE))
  return best && best.distance <= limit && best.distance < word.length ? best.candidate : undefined
}

/** Letters to change; of words equally near the one with the same first letter is nearer, since few typos are there. */
function distanceBetween(word: string, candidate: string): number {
  return leven(word, candidate) + (word[0] === candidate[0] ? 0 : 0.5)
}
