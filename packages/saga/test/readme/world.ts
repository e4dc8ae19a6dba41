import type { Engine, SagaOf, Step, Store } from '@arcadia-cloud/saga'
import type { Pool } from 'pg'

// What the blocks of the README that import nothing take as given. Types alone: it is never run.

export declare const engine: Engine
export declare const pool: Pool
export declare const store: Store
export declare const id: string
export declare const order: { readonly id: string; readonly item: string }
export declare const backup: SagaOf<'backup', { volume: string }, { snapshot_id: number }>
export declare const fulfil: SagaOf<'fulfil', { order_id: string }>
export declare class CloudRefused extends Error {
  readonly status: number
}

export declare const snapshot: Step<'create_snapshot', { volume: string }, { snapshot_id: number }>
export declare const makeDisk: Step<'make_disk', { volume: string }, { disk: string }>
export declare const copyData: Step<'copy_data', { disk: string }, { copied: number }>
export declare const makeAddress: Step<'make_address', unknown, { address: string }>
export declare const makeReplica: Step<
  'make_replica',
  { disk: string; region: string },
  { replica: string }
>
export declare const switchOver: Step<'switch_over', { from: string; to: string }, object>
export declare const sendMail: Step<'send_mail', { disk: string }, object>
