import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stayers } from './order.ts'

const cases: [name: string, positions: number[], weights: number[], stay: number[]][] = [
  ['nothing', [], [], []],
  ['all when they are in order', [0, 3, 7], [1, 1, 1], [0, 1, 2]],
  ['all but the last that comes first', [3, 0, 1, 2], [1, 1, 1, 1], [1, 2, 3]],
  ['all but the first that comes last', [1, 2, 3, 0], [1, 1, 1, 1], [0, 1, 2]],
  ['the heavy one, whatever else moves', [3, 0, 1, 2], [10, 1, 1, 1], [0]],
]

for (const [name, positions, weights, stay] of cases) {
  test(`what stays: ${name}`, () => expect([...stayers(positions, weights)].sort()).toEqual(stay))
}

test('no other chain weighs more', () => {
  const nodes = fc
    .uniqueArray(fc.nat(50), { maxLength: 9 })
    .chain((positions) =>
      fc.tuple(
        fc.constant(positions),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: positions.length, maxLength: positions.length }),
      ),
    )
  fc.assert(
    fc.property(nodes, ([positions, weights]) => {
      const weigh = (chain: number[]) => chain.reduce((sum, index) => sum + (weights[index] as number), 0)
      const found = [...stayers(positions, weights)].sort((a, b) => a - b)
      expect(isRising(found.map((index) => positions[index] as number))).toBe(true)
      const heaviest = Math.max(
        ...chainsOf(positions.length)
          .filter((chain) => isRising(chain.map((index) => positions[index] as number)))
          .map(weigh),
      )
      expect(weigh(found)).toBe(heaviest)
    }),
  )
})

function chainsOf(length: number): number[][] {
  return Array.from({ length: 2 ** length }, (_, bits) =>
    Array.from({ length }, (_, index) => index).filter((index) => bits & (1 << index)),
  )
}

function isRising(numbers: number[]): boolean {
  return numbers.every((number, index) => !index || number > (numbers[index - 1] as number))
}
