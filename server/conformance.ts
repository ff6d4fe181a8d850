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
  type HostKit,
  type HostPart,
  type HostRoute,
  type HostSetup,
  type HostUnderTest,
  hostParts,
  hostRoutes,
} from './host/conformance/contract.ts'
export { hostPage } from './host/conformance/reflexes.ts'
export { type HostCheck, type HostPlace, hostConformance } from './host/conformance.ts'
export { type StoreCheck, sessionStoreConformance } from './session/conformance.ts'
