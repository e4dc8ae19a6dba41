import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OpenApi } from './openapi.ts'
import { type Answer, SimulatedApi } from './simulated-api.ts'

/** DigitalOcean's description is not part of this project: tests of it run where a copy lies beside it. */
const file = fileURLToPath(new URL('../../../../shared/digitalocean/openapi.json', import.meta.url))

export const described = existsSync(file)

/** Where the description is known to be behind the real API, or to contradict it. */
interface Allowance {
  readonly pattern: RegExp
  readonly why: string
}

/** A simulator whose every answer is held against the description. */
export class DescribedApi implements AsyncDisposable {
  readonly api: SimulatedApi
  /** What was not as described. */
  readonly found: string[] = []
  readonly #openApi: OpenApi
  readonly #allowed: readonly Allowance[]

  private constructor(api: SimulatedApi, openApi: OpenApi, allowed: readonly Allowance[]) {
    this.api = api
    this.#openApi = openApi
    this.#allowed = allowed
  }

  /** @param resources how many the account is filled with */
  static async start(allowed: readonly Allowance[] = [], resources = 0): Promise<DescribedApi> {
    const api = await SimulatedApi.start({ seed: { resources } })
    return new DescribedApi(api, await OpenApi.read(file), allowed)
  }

  /** @param template the path as described; `{}` in it stand for `ids`, one after the other */
  async check(
    method: string,
    template: string,
    ids: readonly (string | number)[] = [],
    body?: unknown,
  ): Promise<Answer> {
    const rest = [...ids]
    const path = template.replaceAll(/\{[^}]+\}/g, () => String(rest.shift()))
    const answer = await this.api.call(method, path, body)
    const { pathname } = new URL(template, this.api.url)
    const violations = this.#openApi
      .check(method, decodeURIComponent(pathname), answer.status, answer.body)
      .filter((violation) => !this.#allowed.some(({ pattern }) => pattern.test(violation)))
    this.found.push(...violations.map((violation) => `${method} ${path}: ${violation}`))
    return answer
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.api.close()
  }
}
