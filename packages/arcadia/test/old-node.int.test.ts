import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

const command = fileURLToPath(new URL('../bin/arcadia.js', import.meta.url))
/** Makes this Node.js say that it is an old one. */
const pretend =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})"

/** A checkout, with nothing in it but what the command looks at before it begins. */
async function checkout(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'arcadia-old-node-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const home = join(root, 'packages/arcadia')
  await mkdir(join(home, 'bin'), { recursive: true })
  await mkdir(join(home, 'src/cli'), { recursive: true })
  await writeFile(join(home, 'package.json'), '{"type":"module"}')
  await writeFile(join(home, 'src/cli/index.ts'), '')
  await copyFile(command, join(home, 'bin/arcadia.js'))
  return root
}

async function toldBy(root: string): Promise<string> {
  const path = join(root, 'packages/arcadia/bin/arcadia.js')
  const run = promisify(execFile)(process.execPath, ['--import', pretend, path])
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 1 })
  return error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
}

it('an old Node.js is told which one runs it, and how that comes when it is not there', async () => {
  const root = await checkout()
  const without = await toldBy(root)
  expect(without).toContain('needs Node.js 24.0 or newer here; this is 20.1.0')
  expect(without).toContain('"npm rebuild node" brings it')
  const folder = join(root, 'node_modules/node/bin')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'node'), '')
  const withIt = await toldBy(root)
  expect(withIt).toContain('"npm start" and "npx arcadia" run it')
  expect(withIt).not.toContain('npm rebuild')
})
