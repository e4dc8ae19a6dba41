import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidInput } from './errors.ts'

/** Any schema that speaks Standard Schema: zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = unknown> = StandardSchemaV1<Input, Output>

/**
 * The value as the schema gives it back.
 * @param what names the value in the error: `input of step "x"`
 * @throws {@link InvalidInput} that names the path of every fault
 */
export async function validate<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  throw new InvalidInput(
    what,
    result.issues.map(({ message, path = [] }) => ({ message, path: path.map(segment).join('.') })),
  )
}

function segment(part: PropertyKey | StandardSchemaV1.PathSegment): string {
  return String(typeof part === 'object' ? part.key : part)
}
