/** Random numbers that a seed repeats (mulberry32). Without one the clock gives it. */
export function createRandom(given: string | undefined) {
  const seed = given === undefined ? Date.now() % 2 ** 32 : Number(given)
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, below: (limit: number) => Math.floor(next() * limit) }
}
