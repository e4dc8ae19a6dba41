import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { startHolder } from '../../packages/arcadia/src/database/embedded/testing/holder.ts'
import { memoryFolder, runPrefix, sweepDeadRuns } from './dead-runs.ts'

async function makeParent(): Promise<string> {
  const parent = await mkdtemp(join((await memoryFolder()) ?? tmpdir(), 'arcadia-sweep-'))
  await chmod(parent, 0o711)
  onTestFinished(async () => {
    await rm(parent, { recursive: true })
  })
  return parent
}

async function deadProcess(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid ?? 0
}

it('sweepDeadRuns stops the server of a killed run, and removes what the run left', async () => {
  const parent = await makeParent()
  const folder = join(parent, `${runPrefix}${await deadProcess()}-abc`)
  await mkdir(folder)
  const holder = startHolder(folder)
  const { host } = await holder.nextReport()
  await holder.kill()

  await sweepDeadRuns(parent)
  expect(await readdir(parent)).toEqual([])
  const client = new pg.Client({ host, user: 'arcadia', database: 'postgres' })
  await expect(client.connect()).rejects.toThrow('ENOENT')
})

it('sweepDeadRuns leaves a run that is going on', async () => {
  const parent = await makeParent()
  const name = `${runPrefix}${process.pid}-abc`
  await mkdir(join(parent, name))
  await sweepDeadRuns(parent)
  expect(await readdir(parent)).toEqual([name])
})
