import { createRequire } from 'node:module'
import { z } from 'zod'
import { type Client, ClientError, column, pick } from './client.ts'
import { installedFolder } from './installation.ts'

const method = z.custom<(input: unknown) => Promise<unknown>>(
  (value) => typeof value === 'function',
)
const library = z.looseObject({
  createApiClient: z.custom<(options: { endpoint: string; token: string }) => unknown>(
    (value) => typeof value === 'function',
  ),
})
const answered = z.looseObject({ data: z.unknown() })
const failed = z.looseObject({
  response: z.looseObject({ status: z.number(), data: z.unknown() }).optional(),
})
const page = z.looseObject({
  links: z.looseObject({ pages: z.looseObject({ next: z.string().optional() }).optional() }),
})

/** dots-wrapper: TypeScript over axios; its answers are DigitalOcean's own. */
export class DotsWrapper implements Client {
  readonly name = 'dots-wrapper'
  readonly on429 = 'throws'
  readonly onLostPage = 'throws'
  readonly #api: unknown

  constructor(url: string, token: string) {
    const load = createRequire(new URL('package.json', installedFolder))
    const { createApiClient } = library.parse(load('dots-wrapper'))
    this.#api = createApiClient({ endpoint: `${url}/v2`, token })
  }

  /**
   * @param what such as `droplet.getDroplet`
   * @throws ClientError with the status and the words of a refusal
   */
  async call(what: string, input: object = {}): Promise<unknown> {
    try {
      return answered.parse(await method.parse(pick(this.#api, what))(input)).data
    } catch (error) {
      const response = failed.safeParse(error).data?.response
      if (response === undefined) throw error
      throw new ClientError(`${response.status} ${JSON.stringify(response.data)}`)
    }
  }

  /** Every page, by the links; it has no iterator of its own. @returns one field of each item */
  async list(what: string, items: string, field: string): Promise<readonly string[]> {
    const all: string[] = []
    for (let number = 1; ; number++) {
      const body = await this.call(what, { page: number, per_page: 50 })
      all.push(...column(pick(body, items), field))
      if (page.parse(body).links.pages?.next === undefined) return all
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}
