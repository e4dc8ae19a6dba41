import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** The part of JSON Schema that DigitalOcean's description is written in. */
interface Schema {
  readonly $ref?: string | undefined
  readonly type?: string | undefined
  readonly nullable?: boolean | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly pattern?: string | undefined
  readonly required?: readonly string[] | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly items?: Schema | undefined
  readonly allOf?: readonly Schema[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly oneOf?: readonly Schema[] | undefined
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.string().optional(),
    nullable: z.boolean().optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), schema).optional(),
    items: schema.optional(),
    allOf: z.array(schema).optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
  }),
)
const node = z.looseObject({ $ref: z.string().optional() })

/** DigitalOcean's own description of its API, and what it says of an answer. */
export class OpenApi {
  readonly #document: unknown

  constructor(document: unknown) {
    this.#document = document
  }

  static async read(file: string): Promise<OpenApi> {
    return new OpenApi(JSON.parse(await readFile(file, 'utf8')))
  }

  /** What is wrong with the answer to an operation; nothing when it is as described. */
  check(method: string, path: string, status: number, body: unknown): readonly string[] {
    const response = this.#find(['paths', path, method.toLowerCase(), 'responses', String(status)])
    if (response === undefined) return [`${status} is not described`]
    const described = this.#find(['content', 'application/json', 'schema'], response)
    if (described === undefined) return body === null ? [] : ['a body is not described']
    return this.#violations(schema.parse(described), body, '')
  }

  #find(path: readonly string[], from: unknown = this.#document): unknown {
    let found: unknown = from
    for (const name of path) found = this.#resolve(node.safeParse(found).data?.[name])
    return found
  }

  #resolve(value: unknown): unknown {
    const reference = node.safeParse(value).data?.$ref
    return reference === undefined
      ? value
      : this.#find(reference.split('/').slice(1).map(unescaped))
  }

  #violations(described: Schema, value: unknown, at: string): readonly string[] {
    if (described.$ref !== undefined) {
      return this.#violations(schema.parse(this.#resolve(described)), value, at)
    }
    if (value === null && (described.nullable || described.type === undefined)) return []
    return [
      ...ofType(described, value, at),
      ...ofValue(described, value, at),
      ...this.#inside(described, value, at),
      ...(described.allOf ?? []).flatMap((each) => this.#violations(each, value, at)),
      ...this.#alternatives(described.anyOf ?? described.oneOf ?? [], value, at),
    ]
  }

  #inside(described: Schema, value: unknown, at: string): readonly string[] {
    if (Array.isArray(value)) {
      const items = described.items
      return items
        ? value.flatMap((each, index) => this.#violations(items, each, `${at}[${index}]`))
        : []
    }
    const object = z.record(z.string(), z.unknown()).safeParse(value).data
    if (object === undefined) return []
    const missing = (described.required ?? []).filter((name) => !(name in object))
    return [
      ...missing.map((name) => `${at}.${name} is missing`),
      ...Object.entries(described.properties ?? {}).flatMap(([name, each]) =>
        name in object ? this.#violations(each, object[name], `${at}.${name}`) : [],
      ),
    ]
  }

  #alternatives(alternatives: readonly Schema[], value: unknown, at: string): readonly string[] {
    const each = alternatives.map((alternative) => this.#violations(alternative, value, at))
    return each.length === 0 || each.some((violations) => violations.length === 0)
      ? []
      : each.flat()
  }
}

function ofType({ type }: Schema, value: unknown, at: string): readonly string[] {
  const found = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const fits =
    type === undefined ||
    type === found ||
    (found === 'number' && (type === 'integer' ? Number.isInteger(value) : type === 'number'))
  return fits ? [] : [`${at} is ${found}, not ${type}`]
}

function ofValue({ enum: values, pattern }: Schema, value: unknown, at: string): readonly string[] {
  const wrong =
    (values && !values.includes(value)) ||
    (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern).test(value))
  return wrong ? [`${at} may not be ${JSON.stringify(value)}`] : []
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
