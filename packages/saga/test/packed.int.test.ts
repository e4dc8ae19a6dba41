import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestDatabase } from '../../../test/postgres/index.ts'
import { createTestDatabase } from '../../../test/postgres/index.ts'
import { packageFolder, runProgram } from './program.ts'

let folder: string
let installed: string

/** What a user has installed beside it: a driver and a schema library of their own. */
const chosen = ['pg', 'zod', '@types/pg', '@types/node']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arcadia-saga-'))
  installed = join(folder, 'node_modules/@arcadia-cloud/saga')
  await mkdir(installed, { recursive: true })
  const packed = await runProgram('npm', ['pack', '--pack-destination', folder])
  expect(packed.code, packed.stderr).toBe(0)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
  await runProgram('tar', ['xzf', join(folder, tarball), '--strip=1', '-C', installed])
  // As npm would install it, but without a network: what it declares is there, and nothing else.
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  for (const name of [...Object.keys(dependencies), ...chosen]) await link(name)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

async function link(name: string): Promise<void> {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const path of paths) {
    const manifest = await readFile(join(path, name, 'package.json')).catch(() => undefined)
    if (manifest === undefined) continue
    const target = join(folder, 'node_modules', name)
    await mkdir(dirname(target), { recursive: true })
    return symlink(join(path, name), target)
  }
  throw new Error(`${name} is not installed`)
}

describe('the packed package, in a folder of its own', { timeout: 90_000 }, () => {
  it('brings what it needs, and no sources or tests', async () => {
    const files = await readdir(installed, { recursive: true, withFileTypes: true })
    const names = files.filter((file) => file.isFile()).map(({ name }) => name)
    expect(names.filter((name) => /(?<!\.d)\.ts$|\.test\./.test(name))).toEqual([])
    expect((await readdir(installed)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ])
    expect(await readdir(join(installed, 'dist/postgres/migrations'))).toEqual(
      await readdir(join(packageFolder, 'src/postgres/migrations')),
    )
  })

  it('opens its three doors', async () => {
    const doors = [
      '@arcadia-cloud/saga',
      '@arcadia-cloud/saga/postgres',
      '@arcadia-cloud/saga/testing',
    ]
    const program = `for (const door of ${JSON.stringify(doors)}) {
      console.log(Object.keys(await import(door)).join())
    }`
    const opened = await runProgram(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
    })
    expect(opened).toMatchObject({ code: 0, stderr: '' })
    const [saga, postgres, testing] = opened.stdout.trim().split('\n')
    expect(saga?.split(',')).toEqual(expect.arrayContaining(['createEngine', 'saga', 'step']))
    expect(postgres?.split(',')).toEqual(expect.arrayContaining(['migrateSaga', 'postgresStore']))
    expect(testing).toContain('simulatedClock')
  })

  it('has types that a strict program can be checked with, its own declarations included', async () => {
    await cp(join(packageFolder, 'examples'), join(folder, 'examples'), { recursive: true })
    const compilerOptions = {
      target: 'es2024',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    }
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['examples'] }),
    )
    const tsc = join(packageFolder, '../../node_modules/typescript/bin/tsc')
    const checked = await runProgram(process.execPath, [tsc], { cwd: folder })
    expect(checked).toMatchObject({ code: 0, stdout: '' })
  })

  it('runs an example against a database that it migrates itself', async () => {
    const database: TestDatabase = await createTestDatabase({
      name: 'empty',
      migrate: async () => {},
    })
    try {
      await cp(join(packageFolder, 'examples/trip-booking.ts'), join(folder, 'trip-booking.ts'))
      const trip = await runProgram(process.execPath, ['trip-booking.ts'], {
        cwd: folder,
        env: { DATABASE_URL: database.connectionString },
      })
      expect(trip).toMatchObject({ code: 0, stderr: '' })
      expect(trip.stdout).toContain('is rolled_back, because of step_failed:book_car')
    } finally {
      await database.drop()
    }
  })
})
