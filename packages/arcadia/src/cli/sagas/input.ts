import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { UsageError } from '../errors.ts'

/** What `saga start` was given to start a saga with. */
export type InputSource = Readonly<{
  input?: string | undefined
  inputFile?: string | undefined
  /** `key=value`, one each. */
  pairs: readonly string[]
  readInput: () => Promise<string>
}>

const object = z.record(z.string(), z.unknown())
type JsonObject = z.output<typeof object>

/**
 * The saga's input: the JSON, with the pairs put into it.
 * @throws {UsageError}
 */
export async function readSagaInput(source: InputSource): Promise<JsonObject> {
  const { input, inputFile, pairs, readInput } = source
  const base =
    input !== undefined
      ? parseObject(input, '--input')
      : inputFile !== undefined
        ? parseObject(await readText(inputFile, readInput), `--input-file ${inputFile}`)
        : {}
  return { ...base, ...Object.fromEntries(pairs.map(parsePair)) }
}

/** A step of an ad-hoc saga: `NAME`, or `NAME={…}` with input for it alone. @throws {UsageError} */
export function parseStep(text: string): { readonly name: string; readonly input?: JsonObject } {
  const at = text.indexOf('=')
  if (at === -1) return { name: text }
  const name = text.slice(0, at)
  return { name, input: parseObject(text.slice(at + 1), `--step ${name}`) }
}

/** @throws {UsageError} */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(
      `${source} is not JSON.`,
      [`Text is JSON in quotes of its own: ${source} '"some text"'.`],
      { cause },
    )
  }
}

/** @throws {UsageError} */
export function parseObject(text: string, source: string): JsonObject {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(
      `${source} is not JSON.`,
      ['Write an object, such as {"droplet_id": 42}.'],
      {
        cause,
      },
    )
  }
  const parsed = object.safeParse(content)
  if (parsed.success) return parsed.data
  throw new UsageError(`${source} is not a JSON object.`, [
    'Write an object, such as {"droplet_id": 42}.',
  ])
}

async function readText(file: string, readInput: () => Promise<string>): Promise<string> {
  if (file === '-') return readInput()
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new UsageError(`${file} ${missing ? 'is not there' : 'cannot be read'}.`, [], { cause })
  }
}

function parsePair(text: string): readonly [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1) {
    throw new UsageError(`"${text}" is not of the form key=value.`, [
      'Input is given as key=value, or with --input or --input-file.',
    ])
  }
  return [text.slice(0, at), parseValue(text.slice(at + 1))]
}

/**
 * JSON where it is JSON, text where it is not. A number that would not be written the same again
 * (007, 1.10, 12345678901234567890) is text: nobody who writes an id or a version means a number.
 */
function parseValue(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'number' && String(value) !== text ? text : value
  } catch {
    return text
  }
}
