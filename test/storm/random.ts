import { sequence } from '../fakes/graph-api/rules.ts'

/** Chance that can be repeated: the same seed makes the same decisions in the same order. */
export interface Random {
  /** From `min` up to, and without, `max`. */
  between(min: number, max: number): number
  chance(share: number): boolean
  shuffle<Item>(items: readonly Item[]): Item[]
  /** A generator of its own, so that what runs at the same time does not disturb each other's decisions. */
  branch(): Random
}

export function createRandom(seed: number): Random {
  const draw = sequence(seed)
  return {
    between: (min, max) => min + draw() * (max - min),
    chance: (share) => draw() < share,
    shuffle: (items) =>
      items
        .map((item) => ({ item, rank: draw() }))
        .toSorted((one, other) => one.rank - other.rank)
        .map(({ item }) => item),
    branch: () => createRandom(Math.floor(draw() * 2 ** 31)),
  }
}
