import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arcadia-chaos-proof-'))
  // Open to the unprivileged user that root runs the server as.
  await chmod(folder, 0o711)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The program as its users run it; `onLine` is told what it says. */
function chaos(options: readonly string[], onLine: (line: string, pid: number) => void = () => {}) {
  return new Promise<{ code: number | null; said: string }>((resolve) => {
    const all = ['--conditions=@arcadia-cloud/source', main, '--folder', folder, ...options]
    let said = ''
    const child = execFile(process.execPath, all)
    const hear = (text: string) => {
      said += text
      onLine(text, child.pid ?? Number.NaN)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('close', (code) => resolve({ code, said }))
  })
}

/** The figure of a row of its table. */
function figure(said: string, what: string): number {
  const row = said.split('\n').find((line) => line.trim().startsWith(what))
  return Number(row?.trim().split(/\s+/).at(-1) ?? Number.NaN)
}

it('nothing is lost, left behind or done twice, whatever is killed, stopped or cut', async () => {
  const { code, said } = await chaos([
    '--sagas',
    '120',
    '--workers',
    '3',
    '--seconds',
    '14',
    '--seed',
    '7',
  ])
  expect(said).toContain('no breach')
  expect(code).toBe(0)
  for (const happened of [
    'workers killed',
    'zombies that woke after their lease',
    'workers stopped for a moment',
    'PostgreSQL killed',
    'connections cut',
    'connections stalled',
    'connections muted',
    'of these for longer than a lease',
    'cancels accepted',
    'cloud: errors answered',
    'cloud: answers lost',
    'runs taken over from lost workers',
    'steps taken back',
  ]) {
    expect(figure(said, happened), happened).toBeGreaterThan(0)
  }
  for (const line of said.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(await readdir(folder)).toEqual([])
})

it('an interrupted run leaves no process and no file', async () => {
  const { code, said } = await chaos(
    ['--sagas', '40', '--workers', '2', '--seconds', '30'],
    (line, pid) => {
      if (line.includes('in 30 seconds')) process.kill(pid, 'SIGTERM')
    },
  )
  expect(said).toContain('SIGTERM: ending all that was started')
  expect(code).toBe(130)
  expect(await readdir(folder)).toEqual([])
  expect(await processesIn(folder)).toEqual([])
})

it('wrong options are told in words', async () => {
  const wrong = await chaos(['--workers', 'many'])
  expect(wrong).toMatchObject({ code: 1 })
  expect(wrong.said).toContain('It must be a whole number from 2.')
  const help = await chaos(['--help'])
  expect(help).toMatchObject({ code: 0 })
  expect(help.said).toContain('--no-kills')
})

/** Those whose command line names the folder: workers by their diary, the server by its data. */
function processesIn(path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile('ps', ['-eo', 'args'], (error, stdout) => {
      if (error === null) resolve(stdout.split('\n').filter((line) => line.includes(path)))
      else reject(error)
    })
  })
}
