/** Thrown by `halt()` and `forbid()` to leave the action at once; an error, so that a swallowed one can be found. */
export class Interrupt extends Error {
  readonly status: 'halted' | 'forbidden'

  constructor(status: 'halted' | 'forbidden') {
    super(`the action ended itself as ${status}: let this pass through try and catch`)
    this.name = 'Interrupt'
    this.status = status
  }
}

/** Thrown for a request that a middleware of `use` led elsewhere: its action did not run. */
export class Elsewhere extends Error {
  readonly to: string

  constructor(to: string) {
    super(`a middleware led to ${to}`)
    this.name = 'Elsewhere'
    this.to = to
  }
}
