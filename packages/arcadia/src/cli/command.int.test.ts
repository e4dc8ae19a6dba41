import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { type Program, startProgram } from '../../test/program.ts'
import { until } from '../http/testing/until.ts'
import { exitCodes } from './exit-codes.ts'
import { sagaOf, stepOf } from './testing/bodies.ts'
import { page, type Script, scriptedApi } from './testing/scripted-api.ts'

/** The real command, as a shell would start it. */
async function start(argv: readonly string[], script: Script = {}): Promise<Program> {
  const { url } = await scriptedApi(script)
  const program = startProgram(argv, { ARCADIA_URL: url, ARCADIA_TOKEN: 'arc_of-these-tests' })
  onTestFinished(() => program.kill())
  return program
}

async function ended(program: Program): Promise<{ code: number | null; output: string }> {
  await once(program.process, 'close')
  return { code: program.process.exitCode, output: program.output() }
}

it('ends with its exit code, its output complete', async () => {
  const sagas = page(Array.from({ length: 200 }, () => sagaOf()))
  const script = { 'GET /sagas': sagas }
  const { code, output } = await ended(
    await start(['saga', 'ls', '--limit', '200', '--json'], script),
  )
  expect(code).toBe(exitCodes.ok)
  expect(JSON.parse(output).data).toHaveLength(200)
  const refused = await ended(await start(['saga', 'show', 'nothing'], { 'GET /sagas': page([]) }))
  expect(refused.code).toBe(exitCodes.usage)
})

it.each([
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
] as const)('leaves a watched saga running at %s, and says so', async (signal, expected) => {
  const saga = sagaOf({ steps: [stepOf(0, 'read_droplet', 'running')] })
  const script = { [`GET /sagas/${saga.id}`]: { body: saga } }
  const program = await start(['saga', 'watch', saga.id], script)
  await until('it is watched', program.output, (text) => text.includes('Running'))
  expect(await program.stop(signal)).toBe(expected)
  expect(program.output()).toContain('The saga goes on.')
})

it('simulate tells in its help what is true here', async () => {
  const { code, output } = await ended(await start(['simulate', '--help']))
  expect(code).toBe(exitCodes.ok)
  expect(output).toMatch(/^Usage: arcadia simulate \[options\]/)
  expect(output).toMatch(/--port <port> [^(]*\(default:\s+4010\)/)
  expect(output).toMatch(/--speed <factor> [^(]*\(default:\s+60\)/)
  expect(output).toMatch(/--seed <resources> [^(]*\(default:\s+40\)/)
})

it('simulate runs the simulator, and stops it', async () => {
  const program = await start(['simulate', '--port', '0', '--seed', '0'])
  const told = await until('it runs', program.output, (text) => text.includes('http://'))
  const url = /http:\/\/\S+/.exec(told)?.[0] ?? ''
  const answer = await fetch(`${url}/_simulator/state`)
  expect(await answer.json()).toMatchObject({ speed: 60 })
  expect(await program.stop('SIGTERM')).toBe(exitCodes.ok)
  await expect(fetch(url)).rejects.toThrow()
})
