import { nodesOf, type PlanNode, type Planned } from './plan-recorder.ts'

/** The tables that grow with what was ever run or asked; the others have a row a worker. */
const growing = new Set(
  ['runs', 'step_results', 'history', 'signals', 'locks', 'schedules'].map(
    (name) => `saga_${name}`,
  ),
)

/** What a statement may read of a table, and put in order. */
export interface Bounds {
  readonly rows: number
}

/**
 * What is wrong with a plan, in words. A table that grows is read by an index and never as a whole,
 * not even by a part of the plan that nothing came to; of each index no more rows are read than the
 * bound, those that were of no use included; and no more are sorted.
 */
export function faultsOf({ root }: Planned, { rows: most }: Bounds): readonly string[] {
  return nodesOf(root).flatMap((node) => [
    ...whenTrue(isWhole(node), () => `reads all of ${node['Relation Name']}`),
    ...whenTrue(
      isGrowing(node) && rowsRead(node) > most,
      () => `reads ${rowsRead(node)} rows of ${node['Relation Name']} by ${node['Index Name']}`,
    ),
    ...whenTrue(
      node['Node Type'].endsWith('Sort') && rowsSorted(node) > most,
      () => `sorts ${rowsSorted(node)} rows`,
    ),
  ])
}

function whenTrue(is: boolean, say: () => string): readonly string[] {
  return is ? [say()] : []
}

function isGrowing(node: PlanNode): boolean {
  return growing.has(node['Relation Name'] ?? '')
}

function isWhole(node: PlanNode): boolean {
  return isGrowing(node) && node['Node Type'] === 'Seq Scan'
}

/** Rows that were looked at, over all of the node's loops; PostgreSQL gives them for one. */
function rowsRead(node: PlanNode): number {
  const each = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
  return Math.round((each + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'])
}

/** What goes in: of a sort that only the first rows of were wanted, more than came out. */
function rowsSorted({ Plans: inputs = [] }: PlanNode): number {
  const rows = inputs.map((input) => input['Actual Rows'] * input['Actual Loops'])
  return Math.round(rows.reduce((sum, n) => sum + n, 0))
}
