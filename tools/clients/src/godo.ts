import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { z } from 'zod'
import { type Client, ClientError, column } from './client.ts'
import { installedFolder } from './installation.ts'
import { LineProcess } from './line-process.ts'

const manifest = z.looseObject({ 'mcp-server-binaries': z.record(z.string(), z.string()) })
const called = z.looseObject({
  error: z.looseObject({ message: z.string() }).optional(),
  result: z
    .looseObject({
      isError: z.boolean().optional(),
      content: z.array(z.looseObject({ text: z.string() })),
    })
    .optional(),
})
const folder = '@digitalocean/mcp/package.json'
const services = 'accounts,droplets,networking,spaces,databases,doks'
const mostPages = 100

/**
 * godo, DigitalOcean's own Go client: compiled into its MCP server, whose tools hand over what godo
 * made of an answer.
 */
export class Godo implements Client {
  readonly name = 'godo'
  readonly on429 = 'waits'
  readonly onLostPage = 'waits'
  readonly #process: LineProcess
  #greeted: Promise<unknown> | undefined

  constructor(url: string, token: string) {
    const load = createRequire(new URL('package.json', installedFolder))
    const programs = manifest.parse(load(folder))['mcp-server-binaries']
    const platform = `${process.platform}-${process.arch}`
    const program = programs[`mcp-digitalocean-${platform}`]
    if (program === undefined) throw new Error(`there is no MCP server for ${platform}`)
    this.#process = new LineProcess(
      fileURLToPath(new URL(program, pathToFileURL(load.resolve(folder)))),
      ['--digitalocean-api-endpoint', url, '--services', services, '--log-level', 'error'],
      { DIGITALOCEAN_API_TOKEN: token },
    )
  }

  /**
   * @param tool such as `droplet-get`
   * @returns what its answer's text says, where that is JSON; the text where it is not
   * @throws ClientError with godo's words
   */
  async call(tool: string, input: object = {}): Promise<unknown> {
    this.#greeted ??= this.#greet()
    await this.#greeted
    const answer = await this.#process.ask({
      jsonrpc: '2.0',
      method: 'tools/call',
      params: { name: tool, arguments: input },
    })
    const { error, result } = called.parse(answer)
    const text = result?.content.map((each) => each.text).join('') ?? error?.message ?? ''
    if (error !== undefined || result?.isError === true) throw new ClientError(text)
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : text
  }

  async #greet(): Promise<void> {
    const clientInfo = { name: 'proof', version: '1' }
    const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo }
    await this.#process.ask({ jsonrpc: '2.0', method: 'initialize', params })
    this.#process.tell({ jsonrpc: '2.0', method: 'notifications/initialized' })
  }

  /** Page by page, until one is empty: the tools hand over no links. @returns a field of each item */
  async list(tool: string, field: string): Promise<readonly string[]> {
    const all: string[] = []
    for (let page = 1; page <= mostPages; page++) {
      const items = column((await this.call(tool, { Page: page, PerPage: 50 })) ?? [], field)
      if (items.length === 0) return all
      all.push(...items)
    }
    throw new Error(`${tool}: its pages do not come to an end`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}
