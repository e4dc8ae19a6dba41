import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engineDatabase } from './harness.ts'
import { packageFolder, runProgram, runScript } from './program.ts'

let folder: string
let blocks: string[]

beforeAll(async () => {
  // Inside the package: it is imported by its name, as its users do.
  folder = await mkdtemp(join(packageFolder, 'readme-blocks-'))
  await cp(join(packageFolder, 'test/readme'), folder, { recursive: true })
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8')
  blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A block as a module: one that imports nothing is given all there is. */
async function moduleOf(code: string): Promise<string> {
  if (/^import /m.test(code)) return code
  const world = await readFile(join(folder, 'world.ts'), 'utf8')
  const doors = {
    '@arcadia-cloud/saga': Object.keys(await import('../src/index.ts')),
    '@arcadia-cloud/saga/postgres': Object.keys(await import('../src/postgres/index.ts')),
    '@arcadia-cloud/saga/testing': Object.keys(await import('../src/testing/index.ts')),
    zod: ['z'],
    './world.ts': [...world.matchAll(/^export declare (?:const|class) (\w+)/gm)].map(
      ([, name = '']) => name,
    ),
  }
  const given = Object.entries(doors).map(([door, names]) => {
    const free = names.filter((name) => !new RegExp(`(const|class) ${name}\\b`).test(code))
    return `import { ${free.join(', ')} } from '${door}'`
  })
  return [...given, code, 'export {}'].join('\n')
}

it('every block of the README compiles', { timeout: 90_000 }, async () => {
  expect(blocks.length).toBeGreaterThan(10)
  for (const [n, code] of blocks.entries()) {
    await writeFile(join(folder, `block-${n + 1}.ts`), await moduleOf(code))
  }
  const tsconfig = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, noPropertyAccessFromIndexSignature: false },
    include: ['.'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  const tsc = join(packageFolder, '../../node_modules/typescript/bin/tsc')
  const checked = await runProgram(process.execPath, [tsc, '--project', folder])
  expect(checked).toMatchObject({ stdout: '', code: 0 })
})

it('its first program runs as it is written', { timeout: 90_000 }, async () => {
  const database = await engineDatabase()
  try {
    const file = join(folder, 'first.ts')
    // What is written would run for good: this waits for what it started, and ends it.
    const end = `
      for (;;) {
        const { run } = await engine.get(id)
        if (run.endedAt !== null) {
          process.stdout.write(run.status + ' ' + JSON.stringify(run.context))
          break
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await worker.stop()
      await pool.end()`
    await writeFile(file, (blocks[0] ?? '') + end)
    const program = await runScript(file, [], { DATABASE_URL: database.connectionString })
    expect(program).toMatchObject({
      code: 0,
      stdout: 'completed {"snapshot_id":1}',
      stderr: '',
    })
  } finally {
    await database.drop()
  }
})
