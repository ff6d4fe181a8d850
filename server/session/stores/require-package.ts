import { createRequire } from 'node:module'
import { PatellaError } from '../../../protocol/errors.ts'

/** A package that only users of one store need. Throws `package_missing` where it is not installed. */
export function requirePackage<T>(name: string, what: string): T {
  try {
    return createRequire(import.meta.url)(name) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new PatellaError('package_missing', { package: name, what })
  }
}
