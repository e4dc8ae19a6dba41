import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { journalFile, stateFile } from './journal.ts'
import type { StoredTable } from './table.ts'

/** A data folder that cannot be read as one of ours. Nothing in it was changed. */
export class DataFolderError extends Error {
  readonly code = 'DATA_FOLDER_UNREADABLE'
  override readonly name = 'DataFolderError'
}

const header = z.object({ format: z.literal(1), sequence: z.number() })
const entry = z.union([
  z.tuple([z.string(), z.null(), z.string()]),
  z.tuple([z.string(), z.unknown()]),
])
const change = z.object({
  sequence: z.number(),
  reset: z.boolean().optional(),
  entries: z.array(entry),
})

/** What replay found. */
export interface Replayed {
  /** The number of the last change; 0 when the folder held nothing. */
  readonly sequence: number
  /** The length of the journal's sound part. */
  readonly journalBytes: number
  /** How much of a torn last line follows it: a change whose answer had not left. */
  readonly tornBytes: number
}

/**
 * Fills the tables from a data folder.
 * @throws DataFolderError when a line other than the journal's torn last one cannot be read
 */
export async function replay(
  folder: string,
  tables: ReadonlyMap<string, StoredTable>,
): Promise<Replayed> {
  const base = await loadState(join(folder, stateFile), tables)
  const file = join(folder, journalFile)
  const content = await readIfThere(file)
  const sound = content.lastIndexOf(0x0a) + 1
  let sequence = base
  let number = 0
  for (const line of linesOf(content.subarray(0, sound))) {
    number++
    sequence = readLine(file, number, () => {
      const read = change.parse(JSON.parse(line))
      // Died between writing the state file and emptying the journal: these are in the state already.
      if (read.sequence <= base) return sequence
      if (read.reset) for (const table of tables.values()) table.clear()
      for (const written of read.entries) apply(tables, written)
      return read.sequence
    })
  }
  return { sequence, journalBytes: sound, tornBytes: content.length - sound }
}

async function loadState(file: string, tables: ReadonlyMap<string, StoredTable>): Promise<number> {
  let sequence = 0
  let number = 0
  for (const line of linesOf(await readIfThere(file))) {
    number++
    readLine(file, number, () => {
      const parsed: unknown = JSON.parse(line)
      if (number === 1) sequence = header.parse(parsed).sequence
      else apply(tables, entry.parse(parsed))
    })
  }
  return sequence
}

function apply(tables: ReadonlyMap<string, StoredTable>, written: z.infer<typeof entry>): void {
  const table = tables.get(written[0])
  if (!table) throw new Error(`there is no table "${written[0]}" in this version`)
  if (written.length === 3) table.remove(written[2])
  else table.load(written[1])
}

function readLine<T>(file: string, number: number, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new DataFolderError(
      `${file}, line ${number}: cannot be read, so nothing was started. ` +
        'It was damaged, or written by another version; move the folder away to begin afresh.',
      { cause },
    )
  }
}

/** Line by line, since one string of a large file could exceed what a string may hold. */
function* linesOf(content: Buffer): Iterable<string> {
  let start = 0
  for (let end = content.indexOf(0x0a); end !== -1; end = content.indexOf(0x0a, start)) {
    yield content.toString('utf8', start, end)
    start = end + 1
  }
}

async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return Buffer.alloc(0)
    throw cause
  }
}
