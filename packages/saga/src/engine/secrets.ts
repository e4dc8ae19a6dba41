import { SecretExposed, SecretUnavailable } from '../core/errors.ts'
import type { Json } from '../core/json.ts'
import { Scrubber } from '../core/scrubber.ts'
import { isSecretRef, type SecretRef } from '../core/secret.ts'
import type { MaybePromise, RunInfo } from '../core/step.ts'

/** Who asks for a secret. */
export interface SecretUse {
  readonly run: RunInfo
  /** The name of the step. */
  readonly step: string
}

/** Gives the value of a secret of the host's; throws where there is none, or not for this run. */
export type SecretResolver = (name: string, use: SecretUse) => MaybePromise<string>

/**
 * The secrets that the steps of a run have asked for while this worker held it. Their values stay in
 * memory, and only to be recognised: in whatever is stored or logged of the run from then on, by any
 * of its steps, for a step may keep a client that has the value.
 */
export class ClaimSecrets {
  readonly #resolve: SecretResolver | undefined
  readonly #run: RunInfo
  readonly #scrubber = new Scrubber()

  constructor(resolve: SecretResolver | undefined, { id, tag, kind }: RunInfo) {
    this.#resolve = resolve
    this.#run = { id, tag, kind }
  }

  /** @throws {@link SecretUnavailable} @throws TypeError for what is no reference */
  async resolve(ref: SecretRef, step: string): Promise<string> {
    if (!isSecretRef(ref)) {
      throw new TypeError(
        `step "${step}" asked for a secret without a reference: use secret('name')`,
      )
    }
    const { $secret: name } = ref
    const value = await this.#ask(name, step)
    if (typeof value !== 'string') {
      throw new SecretUnavailable(name, `the resolver gave ${typeof value} in place of text`)
    }
    this.#scrubber.add(name, value)
    return value
  }

  async #ask(name: string, step: string): Promise<unknown> {
    if (this.#resolve === undefined) {
      throw new SecretUnavailable(name, 'this engine has no resolver; give createEngine `secrets`')
    }
    try {
      return await this.#resolve(name, { run: this.#run, step })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new SecretUnavailable(name, why, { cause: error })
    }
  }

  /** False: nothing has been resolved yet, so there is nothing to take out. */
  get known(): boolean {
    return !this.#scrubber.isEmpty
  }

  readonly scrub = (text: string): string => this.#scrubber.text(text)

  scrubJson(value: Json): Json {
    return this.#scrubber.json(value)
  }

  /** @throws {@link SecretExposed} where what is to be stored holds the value of a secret */
  refuse(value: Json, what: string): void {
    const name = this.#scrubber.nameIn(value)
    if (name !== undefined) throw new SecretExposed(what, name)
  }
}
