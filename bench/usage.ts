import { readdir, readFile, writeFile } from 'node:fs/promises'

// What processes have used, as Linux tells it. Elsewhere there is nothing to read: null.

/** Of Linux, whatever its own clock: USER_HZ is 100. */
const tickMs = 10

/** Processor time of a process and all its threads, in milliseconds. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  const stat = await statOf(pid)
  return stat === null ? null : (stat.user + stat.system) * tickMs
}

/**
 * Processor time of PostgreSQL: of the postmaster, of the sessions that are there, and of those that
 * have ended, which the postmaster has in its children's account.
 */
export async function cpuMsOfServer(postmaster: number): Promise<number | null> {
  const stat = await statOf(postmaster)
  if (stat === null) return null
  let ticks = stat.user + stat.system + stat.endedChildren
  for (const child of await childrenOf(postmaster)) ticks += child.user + child.system
  return ticks * tickMs
}

/** The most memory a process has held at once, in bytes, since {@link forgetPeak}. */
export async function peakBytesOf(pid: number): Promise<number | null> {
  return kilobytes(await read(`/proc/${pid}/status`), 'VmHWM')
}

/** Begins to look for the peak anew. Where that is not allowed the peak is that of the process's life. */
export async function forgetPeak(pid: number): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // Another user's process, or no Linux.
  }
}

/**
 * Memory of PostgreSQL, in bytes, what its processes share counted once (PSS); null where it may not
 * be read.
 */
export async function memoryOfServer(postmaster: number): Promise<number | null> {
  const pids = [postmaster, ...(await childrenOf(postmaster)).map(({ pid }) => pid)]
  const sizes = await Promise.all(
    pids.map(async (pid) => kilobytes(await read(`/proc/${pid}/smaps_rollup`), 'Pss')),
  )
  const known = sizes.filter((size) => size !== null)
  return known.length === 0 ? null : known.reduce((sum, size) => sum + size, 0)
}

/** The process that started another. */
export async function parentOf(pid: number): Promise<number | null> {
  return (await statOf(pid))?.parent ?? null
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly user: number
  readonly system: number
  readonly endedChildren: number
}

async function statOf(pid: number): Promise<Stat | null> {
  const text = await read(`/proc/${pid}/stat`)
  // The name, in parentheses, may hold anything.
  const fields = text
    ?.slice(text.lastIndexOf(') ') + 2)
    .split(' ')
    .map(Number)
  if (fields === undefined) return null
  const at = (number: number) => fields[number - 3] ?? Number.NaN
  return {
    pid,
    parent: at(4),
    user: at(14),
    system: at(15),
    endedChildren: at(16) + at(17),
  }
}

async function childrenOf(parent: number): Promise<readonly Stat[]> {
  const names = await readdir('/proc').catch(() => [])
  const stats = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => statOf(Number(name))),
  )
  return stats.filter((stat) => stat !== null).filter((stat) => stat.parent === parent)
}

function kilobytes(text: string | null, name: string): number | null {
  const found = text?.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'))?.[1]
  return found === undefined ? null : Number(found) * 1024
}

/** Null: the process has ended, or is not ours to look at. */
async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return null
  }
}
