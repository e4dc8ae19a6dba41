import type { Json } from './json.ts'

/** A signal as the kernel sees it: who asks for what, of which step, with what. */
export interface Asked {
  readonly type: string
  readonly actor: string | null
  readonly stepIdx: number | null
  readonly payload: Json
  /** Epoch milliseconds. */
  readonly at: number
}
