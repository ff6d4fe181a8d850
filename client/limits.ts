/**
 * The four numbers of `protocol/limits.ts` that the client needs: the whole table would be a fortieth of the script.
 * A test holds the two together.
 */
export const limits = { frame: 65_536, pending: 32, request: 60_000, silence: 9_000 }
