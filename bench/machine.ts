import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** What it was measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  /** Of the disk that the databases are on. */
  readonly fileSystem: string
  /** Writes of 8 KiB, each made durable by itself. */
  readonly syncsPerSecond: number
}

const ext4 = 0xef53
const fileSystems = new Map([
  [ext4, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs'],
  [0x2fc12fc1, 'zfs'],
])

/** @throws Error when the folder is on a memory disk: nothing would be durable there */
export async function lookAtMachine(folder: string): Promise<Machine> {
  const { type } = await statfs(folder)
  const fileSystem = fileSystems.get(type) ?? `of type 0x${type.toString(16)}`
  if (fileSystem === 'tmpfs') {
    throw new Error(
      `${folder} is a memory disk, where nothing is durable: set TMPDIR to a real one`,
    )
  }
  return {
    processor: await processorName(),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()}`,
    node: process.version,
    fileSystem,
    syncsPerSecond: countSyncs(folder, 1_000),
  }
}

/** Of a virtual machine the model is often all there is, so the clock goes with it. */
async function processorName(): Promise<string> {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const info = await readFile('/proc/cpuinfo', 'utf8').catch(() => '')
  const megahertz = info.match(/^cpu MHz\s*: ([\d.]+)/m)?.[1]
  return megahertz === undefined ? model : `${model}, ${(Number(megahertz) / 1_000).toFixed(1)} GHz`
}

function countSyncs(folder: string, ms: number): number {
  const file = openSync(join(folder, 'syncs'), 'w')
  const page = Buffer.alloc(8_192, 1)
  const from = performance.now()
  let syncs = 0
  for (; performance.now() - from < ms; syncs += 1) {
    writeSync(file, page, 0, page.length, 0)
    fdatasyncSync(file)
  }
  closeSync(file)
  return (syncs * 1_000) / (performance.now() - from)
}
