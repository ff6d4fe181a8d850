/** Thrown by `halt()` and `forbid()` to leave the action at once; an error, so that a swallowed one can be found. */
export class Interrupt extends Error {
  readonly status: 'halted' | 'forbidden'

  constructor(status: 'halted' | 'forbidden') {
    super(`the action ended itself as ${status}: let this pass through try and catch`)
    this.name = 'Interrupt'
    this.status = status
  }
}
