/**
 * One suite for each kind of plug-in, to run on implementations of your own. They use `node:assert` alone, so that any
 * test runner can loop over their cases.
 *
 * @example
 * for (const { name, run } of sessionStoreConformance(() => ({ store: myStore() }))) test(name, run)
 *
 * @module
 */
export {
  type HostCase,
  type HostRoute,
  type HostUnderTest,
  hostCases,
  hostReflexes,
  hostRoutes,
} from './host/conformance.ts'
export { type StoreCheck, sessionStoreConformance } from './session/conformance.ts'
