import { inspect } from 'node:util'

const mask = '[secret]'

/**
 * A value that cannot be printed by accident: every way JavaScript has of turning it into text gives
 * `[secret]`. Only `reveal` gives the value, at the place that sends it.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}
