import type { Api } from './api.ts'

/** The walk of one kind of resource through every route that it is served by. */
export interface Scenario {
  readonly name: string
  /**
   * Begins on an empty account of its own (the catalogue is there), and leaves nothing that another
   * one needs. Requests are well formed, also those that are refused: the proxy holds them, too,
   * against the description.
   */
  walk(api: Api): Promise<void>
}
