/** Who is measured. */
export interface Contender {
  readonly title: string
  /** Its program, relative to this folder. */
  readonly program: string
  /** The packages whose versions are reported. */
  readonly packages: readonly string[]
  /** Whether it needs this folder's own installation. */
  readonly peer: boolean
}

export const contenders = {
  ours: {
    title: 'this engine',
    program: 'participants/ours.ts',
    packages: ['@arcadia-cloud/saga', 'pg'],
    peer: false,
  },
  bare: {
    title: 'bare loop',
    program: 'participants/bare.ts',
    packages: ['pg'],
    peer: false,
  },
  dbos: {
    title: 'DBOS Transact',
    program: 'peers/dbos.ts',
    packages: ['@dbos-inc/dbos-sdk', 'pg'],
    peer: true,
  },
  openworkflow: {
    title: 'openworkflow',
    program: 'peers/openworkflow.ts',
    packages: ['openworkflow', 'postgres'],
    peer: true,
  },
  restate: {
    title: 'Restate',
    program: 'peers/restate.ts',
    packages: ['@restatedev/restate-server', '@restatedev/restate-sdk'],
    peer: true,
  },
} as const satisfies Record<string, Contender>

export type ContenderName = keyof typeof contenders

export const contenderNames = [
  'ours',
  'bare',
  'dbos',
  'openworkflow',
  'restate',
] as const satisfies readonly ContenderName[]
