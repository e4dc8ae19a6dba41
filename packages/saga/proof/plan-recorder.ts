import pg from 'pg'

/** A node of a plan, as PostgreSQL's auto_explain gives it. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Alias?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

/** A statement as it was run, with the plan it was run by and what that met. */
export interface Planned {
  readonly text: string
  readonly root: PlanNode
}

interface Explained {
  readonly 'Query Text': string
  readonly Plan: PlanNode
}

/**
 * A pool whose sessions tell the plan of every statement they run, those of triggers and foreign keys
 * too, by the module that comes with PostgreSQL for that. Nothing is asked a second time: what is
 * prepared shows the plan that was kept for it.
 */
export function recordingPool(
  connection: pg.PoolConfig,
  planCacheMode: 'auto' | 'force_generic_plan',
  { connections = 6 }: { readonly connections?: number } = {},
): { readonly pool: pg.Pool; readonly planned: Planned[] } {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_level': 'notice',
    plan_cache_mode: planCacheMode,
    jit: 'off',
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  const pool = new pg.Pool({ ...connection, options: options.join(' '), max: connections })
  const planned: Planned[] = []
  pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      const start = message.indexOf('{')
      if (!message.startsWith('duration:') || start < 0) return
      const explained: Explained = JSON.parse(message.slice(start))
      planned.push({ text: explained['Query Text'], root: explained.Plan })
    })
  })
  return { pool, planned }
}

/** The statements that are prepared by name on any of the pool's sessions. */
export async function preparedTexts(pool: pg.Pool): Promise<readonly string[]> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
  const texts = new Set<string>()
  for (const client of clients) {
    const { rows } = await client.query<{ text: string }>(
      'select statement as text from pg_prepared_statements where not from_sql',
    )
    for (const { text } of rows) texts.add(text)
    client.release()
  }
  return [...texts]
}

export function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
