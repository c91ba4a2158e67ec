/** Why what was good on a host is put back, or not even begun with. */
export const ANOTHER_FAILED = 'another host of this deploy failed, and it was to be all or nothing'

/** One of those who go on together or not at all. */
export interface Voter {
  /** Says how it stands; only the first word counts. Resolves to whether all stand well, once all have spoken. */
  vote(well: boolean): Promise<boolean>
}

/** Voters that learn of each other whether all are in favour. */
export function createBallot(size: number): Voter[] {
  let missing = size
  let all = true
  let close: (result: boolean) => void = () => undefined
  const result = new Promise<boolean>((resolve) => {
    close = resolve
  })
  return Array.from({ length: size }, () => {
    let voted = false
    return {
      vote: (well) => {
        if (!voted) {
          voted = true
          all &&= well
          missing -= 1
          if (missing === 0) close(all)
        }
        return result
      },
    }
  })
}
