import type { TestDatabase } from '../../../test/postgres/index.ts'
import { type ClaimParams, runClaimer } from '../src/postgres/queries/claim-runs.ts'
import type { Session } from '../src/postgres/sql.ts'

/** A node of a plan, as `explain (analyze, buffers, format json)` gives it. */
interface PlanNode {
  readonly 'Node Type': string
  readonly 'Total Cost': number
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

interface Explained {
  readonly Plan: PlanNode
}

export interface ClaimCost {
  /** Pages touched. */
  readonly buffers: number
  /** Rows of runs and signals that were read, whether they were of use or not. */
  readonly rows: number
  /** Scans of a whole table of runs. */
  readonly sequential: number
  /** What the planner expects, in its own units. */
  readonly expected: number
}

/** What a claim costs, as the database counts it; the claim itself is taken back. */
export async function claimCost(
  { pool }: TestDatabase,
  params: ClaimParams,
  now?: () => number,
): Promise<ClaimCost> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const explained: Explained[] = []
    const session: Session = {
      now,
      async query(text, values = []) {
        if (!text.includes('saga.saga_runs')) return client.query(text, [...values])
        const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [
          ...values,
        ])
        explained.push(rows[0]['QUERY PLAN'][0])
        return { rows: [], rowCount: 0 }
      },
    }
    await runClaimer()(session, params, (work) => work(session))
    const [claim] = explained
    if (claim === undefined) throw new Error('no statement was sent')
    const scans = nodes(claim.Plan).filter((node) =>
      ['saga_runs', 'saga_signals'].includes(node['Relation Name'] ?? ''),
    )
    const read = (node: PlanNode) =>
      (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    return {
      buffers: claim.Plan['Shared Hit Blocks'] + claim.Plan['Shared Read Blocks'],
      rows: scans.reduce((sum, node) => sum + read(node), 0),
      sequential: scans.filter(
        (node) =>
          node['Node Type'] === 'Seq Scan' &&
          node['Relation Name'] === 'saga_runs' &&
          node['Actual Loops'] > 0,
      ).length,
      expected: claim.Plan['Total Cost'],
    }
  } finally {
    await client.query('rollback')
    client.release()
  }
}

function nodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodes)]
}
