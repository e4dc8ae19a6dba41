import type { Cloud } from './cloud.ts'
import type { DotsWrapper } from './dots-wrapper.ts'
import type { Godo } from './godo.ts'
import type { PythonDigitalocean } from './python.ts'

/** What one client can do with one kind of resource. What it cannot is left out. */
export interface Uses<Client> {
  /**
   * Makes one, and waits in the client's own way until it is there.
   * @param prepared what the kind prepared for it
   * @returns its id
   */
  readonly create?: (client: Client, prepared: string) => Promise<string>
  /** What `change` changes of it. @throws ClientError when it is not there */
  readonly read?: (client: Client, id: string) => Promise<string>
  readonly change?: (client: Client, id: string, prepared: string) => Promise<void>
  readonly remove?: (client: Client, id: string) => Promise<void>
  /** The ids of all there are, over all pages. */
  readonly list?: (client: Client) => Promise<readonly string[]>
}

/** A kind of resource, and how each client that covers it is used. */
export interface Kind {
  readonly name: string
  /** Where they are listed, such as `/v2/tags`. */
  readonly path: string
  /** The name of the list in the answer, where the API has no pages of it. */
  readonly unpaged?: string
  /** Brings `count` of them about, without any client. Left out: a catalogue, which is as it is. */
  readonly fill?: (cloud: Cloud, count: number) => Promise<void>
  /** What must be there before one can be created. @returns its id */
  readonly prepare?: (cloud: Cloud) => Promise<string>
  readonly by: {
    readonly dotsWrapper?: Uses<DotsWrapper>
    readonly godo?: Uses<Godo>
    readonly python?: Uses<PythonDigitalocean>
  }
}
