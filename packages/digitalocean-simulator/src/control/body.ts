import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { parseBody, parseJson } from '../http/body.ts'
import type { Environment } from '../http/connection.ts'

/** Where the control routes are registered. */
export type ControlApp = Hono<Environment>

/**
 * The JSON body of a control request; none is an empty one.
 * @throws ApiError 400 for what is not JSON, 422 naming the field that is wrong
 */
export async function readBody<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  return parseBody(schema, parseJson(await context.req.text()) ?? {})
}
