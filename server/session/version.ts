/**
 * A version to follow another. It leaves out so many at random that a store which went back, to a replica that was behind or
 * for want of room, gives no other write the version that somebody has loaded before: what is late is refused.
 */
export function versionAfter(version: number): number {
  return version + 1 + Math.floor(Math.random() * 1_048_576)
}
