import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { removeStaleLock } from './postmaster-lock.ts'
import { findProcess } from './process-view.ts'
import { exists } from './reach.ts'
import {
  makeSeededFolder,
  makeTestFolder,
  serverPid,
  startIn,
  until,
} from './testing/test-folder.ts'

/** Leaves the locks that a server with this process id would leave when it is killed. */
async function leaveLocks(folder: string, pid: number): Promise<void> {
  const home = join(folder, 'data/postgres')
  const text = `${pid}\n${home}/data\n1700000000\n5432\n${home}/run\n\n  1 2\nready   \n`
  await writeFile(join(home, 'data/postmaster.pid'), text)
  await writeFile(join(home, 'run/.s.PGSQL.5432.lock'), text)
}

async function startAfterLocksOf(pid: number): Promise<void> {
  const folder = await makeSeededFolder()
  await leaveLocks(folder, pid)
  const server = await startIn(folder)
  expect(server.adopted).toBe(false)
  expect(await serverPid(folder)).not.toBe(pid)
}

/** A living process that is no PostgreSQL. */
function startStranger(): number {
  const { pid } = spawnUntilEnd('sleep', ['1000'])
  if (pid === undefined) throw new Error('sleep could not be spawned')
  return pid
}

function spawnUntilEnd(program: string, words: readonly string[]) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** A process that has ended, and whose parent (a shell that became `sleep`) never asks how. */
async function startZombie(): Promise<number> {
  const parent = spawnUntilEnd('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'])
  const [line] = await once(createInterface({ input: parent.stdout }), 'line')
  const zombie = Number(line)
  const isSleep = async () => (await findProcess(parent.pid ?? 0))?.program === 'sleep'
  await until(isSleep, 'the shell has become sleep, and can no longer reap its child')
  process.kill(zombie, 'SIGKILL')
  await until(async () => (await findProcess(zombie)) === undefined, 'the child has ended')
  return zombie
}

describe('locks left by a killed server', () => {
  it('are removed when no process has their id', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    await startAfterLocksOf(child.pid ?? 0)
  })

  it('are removed when the process is a zombie', async () => {
    const zombie = await startZombie()
    expect(process.kill(zombie, 0)).toBe(true)
    await startAfterLocksOf(zombie)
  })

  it('are removed when the id was given to another program, which is not touched', async () => {
    const stranger = startStranger()
    await startAfterLocksOf(stranger)
    expect(await findProcess(stranger)).toMatchObject({ program: 'sleep' })
  })

  it('are removed when the id was given to the server of another folder', async () => {
    const other = await makeSeededFolder()
    await startIn(other)
    await startAfterLocksOf(await serverPid(other))
  })

  it('are removed when they are empty, after a while in which they might be filled', async () => {
    const folder = await makeSeededFolder()
    await writeFile(join(folder, 'data/postgres/data/postmaster.pid'), '')
    expect((await startIn(folder)).adopted).toBe(false)
  })
})

describe('removeStaleLock', () => {
  it('removes the lock that was judged', async () => {
    const path = join(await makeTestFolder(), 'postmaster.pid')
    await writeFile(path, 'stale')
    await removeStaleLock(path, 'stale')
    expect(await exists(path)).toBe(false)
  })

  it('leaves a lock that another server took meanwhile', async () => {
    const path = join(await makeTestFolder(), 'postmaster.pid')
    await writeFile(path, 'another')
    await removeStaleLock(path, 'stale')
    expect(await exists(path)).toBe(true)
  })

  it('is content when another program removed it', async () => {
    const path = join(await makeTestFolder(), 'postmaster.pid')
    await expect(removeStaleLock(path, 'stale')).resolves.toBeUndefined()
  })
})
