import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UsageError } from '../errors.ts'
import { parseStep, readSagaInput } from './input.ts'

const read = (given: { input?: string; inputFile?: string; pairs?: string[] }, stdin = '') =>
  readSagaInput({ pairs: [], readInput: async () => stdin, ...given })

describe('key=value', () => {
  it.each([
    ['droplet_id=42', { droplet_id: 42 }],
    ['snapshot=true', { snapshot: true }],
    ['name=web-01', { name: 'web-01' }],
    ['tags=["a", "b"]', { tags: ['a', 'b'] }],
    ['id="42"', { id: '42' }],
    ['nothing=null', { nothing: null }],
    ['empty=', { empty: '' }],
    ['query=a=b', { query: 'a=b' }],
  ])('%s is JSON where it is JSON, and text elsewhere', async (pair, input) => {
    expect(await read({ pairs: [pair] })).toEqual(input)
  })

  it.each(['007', '1.10', '12345678901234567890', '1e3'])(
    'leaves %s as it was written, for as a number it would be another',
    async (text) => {
      expect(await read({ pairs: [`version=${text}`] })).toEqual({ version: text })
    },
  )

  it.each(['droplet_id', '=42'])('%s is refused', async (pair) => {
    await expect(read({ pairs: [pair] })).rejects.toThrow(UsageError)
  })
})

describe('input as JSON', () => {
  it('is a value, a file or standard input, and pairs are put into it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'arcadia-input-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const inputFile = join(folder, 'input.json')
    await writeFile(inputFile, '{"a": 1, "b": 1}')
    expect(await read({ input: '{"a": 1}', pairs: ['b=2'] })).toEqual({ a: 1, b: 2 })
    expect(await read({ inputFile, pairs: ['b=2'] })).toEqual({ a: 1, b: 2 })
    expect(await read({ inputFile: '-' }, '{"c": 3}')).toEqual({ c: 3 })
  })

  it.each([
    ['{', '--input is not JSON.'],
    ['[1]', '--input is not a JSON object.'],
    ['"text"', '--input is not a JSON object.'],
  ])('%s is refused in words', async (input, message) => {
    await expect(read({ input })).rejects.toThrow(message)
  })

  it('names the file that is not there', async () => {
    await expect(read({ inputFile: '/nowhere/input.json' })).rejects.toThrow(
      '/nowhere/input.json is not there.',
    )
  })
})

it('a step is a name, or a name with input of its own', () => {
  expect(parseStep('echo')).toEqual({ name: 'echo' })
  expect(parseStep('echo={"message": "a=b"}')).toEqual({ name: 'echo', input: { message: 'a=b' } })
  expect(() => parseStep('echo={')).toThrow('--step echo is not JSON.')
})
