import { z } from 'zod'
import type { Api, Query } from './client.ts'

/** The largest page that the API gives. */
const largestPage = 200

export interface ListRequest<Row> {
  readonly path: string
  readonly query?: Query
  readonly shape: z.ZodType<Row>
  /** How many rows at most; undefined: all there are. */
  readonly limit: number | undefined
}

export interface List<Row> {
  readonly rows: readonly Row[]
  /** The API's answer; of several pages, one with all their rows. */
  readonly body: unknown
  /** Whether there are more rows than were read. */
  readonly more: boolean
}

const page = z.looseObject({ data: z.array(z.unknown()), next_cursor: z.string().nullish() })

/** Reads a list page by page. */
export async function readList<Row>(api: Api, request: ListRequest<Row>): Promise<List<Row>> {
  const { path, shape, limit = Number.POSITIVE_INFINITY } = request
  const pageShape = page.extend({ data: z.array(shape) })
  const rows: Row[] = []
  const data: unknown[] = []
  for (let cursor: string | undefined; ; ) {
    const size = Math.min(largestPage, limit - rows.length)
    const query = { ...request.query, limit: size, cursor }
    const answer = await api.call({ path, query }, pageShape)
    rows.push(...answer.value.data)
    data.push(...page.parse(answer.body).data)
    const next = answer.value.next_cursor ?? undefined
    if (next === undefined || rows.length >= limit) {
      const body = cursor === undefined ? answer.body : { data, next_cursor: next ?? null }
      return { rows, body, more: next !== undefined }
    }
    cursor = next
  }
}

/** Reads a list that is never more than a page: it takes neither a limit nor a cursor. */
export async function readWhole<Row>(
  api: Api,
  path: string,
  shape: z.ZodType<Row>,
): Promise<{ readonly rows: readonly Row[]; readonly body: unknown }> {
  const { value, body } = await api.call({ path }, z.looseObject({ data: z.array(shape) }))
  return { rows: value.data, body }
}
