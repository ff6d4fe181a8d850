/**
 * Which of some nodes can stay where they are while the others move around them, so that the least weight moves: the heaviest
 * increasing subsequence; a weight that is not given is 1. `positions` are their present places, in the order in which they are to be; returns their indexes.
 * Takes n log n steps.
 */
export function stayers(positions: readonly number[], weights: readonly number[]): Set<number> {
  const places = [...positions].sort((a, b) => a - b)
  const rank = new Map(places.map((position, index) => [position, index + 1]))
  /** A Fenwick tree over the places: the end of the heaviest chain among those up to one. */
  const best: (number | undefined)[] = []
  const sums: number[] = []
  const before: (number | undefined)[] = []
  const heavier = (one: number | undefined, other: number | undefined) =>
    one === undefined || (other !== undefined && (sums[other] as number) > (sums[one] as number)) ? other : one

  let last: number | undefined
  for (const [index, position] of positions.entries()) {
    const place = rank.get(position) as number
    let end: number | undefined
    for (let at = place; at > 0; at -= at & -at) end = heavier(end, best[at])
    before[index] = end
    sums[index] = (weights[index] ?? 1) + (sums[end ?? -1] ?? 0)
    for (let at = place; at <= places.length; at += at & -at) best[at] = heavier(best[at], index)
    last = heavier(last, index)
  }

  const stay = new Set<number>()
  for (let at = last; at !== undefined; at = before[at]) stay.add(at)
  return stay
}
