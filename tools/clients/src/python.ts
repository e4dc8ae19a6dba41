import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Client, ClientError } from './client.ts'
import { pythonProgram } from './installation.ts'
import { LineProcess } from './line-process.ts'

const driver = fileURLToPath(new URL('driver.py', import.meta.url))
const answered = z.looseObject({ value: z.unknown().optional(), error: z.string().optional() })

/** A call of a method: its name and its arguments. */
export type PythonCall = readonly [name: string, ...args: readonly unknown[]]

/** python-digitalocean, as Debian packages it. */
export class PythonDigitalocean implements Client {
  readonly name = 'python-digitalocean'
  readonly on429 = 'throws'
  readonly onLostPage = 'truncates'
  readonly #process: LineProcess

  constructor(url: string, token: string) {
    if (pythonProgram === undefined) throw new Error('python-digitalocean is not installed')
    this.#process = new LineProcess(pythonProgram, [driver], {
      DIGITALOCEAN_END_POINT: `${url}/v2/`,
      DIGITALOCEAN_ACCESS_TOKEN: token,
    })
  }

  /**
   * Makes an object of a class with attributes, and calls its methods one after the other, each on
   * what the one before gave, or on the same object where that gave nothing to call.
   * @returns the last result, objects by their attributes
   * @throws ClientError with the exception's type and words
   */
  async call(type: string, attributes: object, ...calls: readonly PythonCall[]): Promise<unknown> {
    const { error, value } = answered.parse(await this.#process.ask({ type, attributes, calls }))
    if (error !== undefined) throw new ClientError(error)
    return value
  }

  /** Of the library's `Manager`, by which everything is listed and found. */
  manager(...calls: readonly PythonCall[]): Promise<unknown> {
    return this.call('Manager', {}, ...calls)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}
