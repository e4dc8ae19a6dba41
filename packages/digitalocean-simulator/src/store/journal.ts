import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** A whole state to be written at once, and the number of the last change in it. */
export interface Dump {
  readonly sequence: number
  readonly lines: Iterable<string>
}

/** Where changes go before their answers leave. */
export interface Journal {
  /** Queues a change; it is durable when a later `flushed()` resolves. */
  append(line: string): void
  /** Resolves when all that was appended so far is on disk. Rejects for good after a failed write. */
  flushed(): Promise<void>
  close(): Promise<void>
}

/** For a simulator without a data folder: nothing outlives the process. */
export const memoryJournal: Journal = {
  append: () => undefined,
  flushed: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

export const journalFile = 'journal.ndjson'
export const stateFile = 'state.ndjson'

/** Below this a journal is never folded into the state file while the simulator runs. */
const compactionFloorBytes = 16 * 1024 * 1024
const dumpChunkLines = 2_000

/**
 * An append-only file. Changes that arrive while one fdatasync is under way share the next one, so
 * that a thousand concurrent requests cost a few syncs, not a thousand. When the file has outgrown
 * the state it is folded into, the state is written anew and the journal emptied.
 */
export class FileJournal implements Journal {
  readonly #folder: string
  readonly #handle: FileHandle
  readonly #dump: () => Dump
  #pending: string[] = []
  #active: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null
  #bytes: number
  #compactAt = compactionFloorBytes

  private constructor(folder: string, handle: FileHandle, bytes: number, dump: () => Dump) {
    this.#folder = folder
    this.#handle = handle
    this.#bytes = bytes
    this.#dump = dump
  }

  /**
   * Opens the journal for appending, and folds what it holds into the state file.
   * @param keepBytes the length of its sound part; what follows, a torn last line, is cut off
   */
  static async open(folder: string, keepBytes: number, dump: () => Dump): Promise<FileJournal> {
    const handle = await open(join(folder, journalFile), 'a', 0o600)
    await handle.truncate(keepBytes)
    const journal = new FileJournal(folder, handle, keepBytes, dump)
    if (keepBytes > 0) await journal.#compact()
    else await syncFolder(folder)
    return journal
  }

  append(line: string): void {
    this.#pending.push(line)
  }

  flushed(): Promise<void> {
    if (this.#pending.length === 0) return this.#active
    this.#next ??= this.#queueFlush()
    return this.#next
  }

  async close(): Promise<void> {
    try {
      await this.flushed()
    } finally {
      await this.#handle.close()
    }
  }

  #queueFlush(): Promise<void> {
    const flush = this.#active.then(() => {
      this.#active = flush
      this.#next = null
      return this.#flush()
    })
    // Every waiter gets the failure from its own `flushed()`; this only keeps it from being "unhandled".
    flush.catch(() => undefined)
    return flush
  }

  async #flush(): Promise<void> {
    const batch = `${this.#pending.join('\n')}\n`
    this.#pending = []
    await this.#handle.appendFile(batch)
    await this.#handle.datasync()
    this.#bytes += Buffer.byteLength(batch)
    if (this.#bytes > this.#compactAt) await this.#compact()
  }

  /** Safe to die in at any point: the state file carries the number of its last change. */
  async #compact(): Promise<void> {
    const stateBytes = await writeState(this.#folder, this.#dump())
    await this.#handle.truncate(0)
    await this.#handle.datasync()
    this.#bytes = 0
    this.#compactAt = Math.max(compactionFloorBytes, 2 * stateBytes)
  }
}

/** Writes the state beside the old one, and puts it in its place when it is on disk. */
async function writeState(folder: string, dump: Dump): Promise<number> {
  // The lines are taken in one go: changes made while the file is written belong to the journal.
  const lines = [JSON.stringify({ format: 1, sequence: dump.sequence }), ...dump.lines]
  const temporary = join(folder, `${stateFile}.tmp`)
  const handle = await open(temporary, 'w', 0o600)
  let bytes = 0
  try {
    for (let start = 0; start < lines.length; start += dumpChunkLines) {
      const chunk = `${lines.slice(start, start + dumpChunkLines).join('\n')}\n`
      await handle.appendFile(chunk)
      bytes += Buffer.byteLength(chunk)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, join(folder, stateFile))
  await syncFolder(folder)
  return bytes
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
