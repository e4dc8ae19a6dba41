import { expect, test } from 'vitest'
import { z } from 'zod'
import { numeric, parseBody } from './body.ts'

const schema = z.object({
  name: z.string().min(1),
  size: numeric.optional(),
  tags: z.array(z.string()).optional(),
  port: z.int().min(10).max(20).optional(),
  kind: z.enum(['a', 'b']).optional(),
  speed: z.number().positive().optional(),
  pace: z
    .union([z.literal('slow'), z.literal('fast')], { error: 'must be slow or fast' })
    .optional(),
  order: z.discriminatedUnion('type', [z.object({ type: z.literal('go') })]).optional(),
})

test.each([
  [{}, 'name is required'],
  [{ name: null }, 'name is required'],
  [{ name: 5 }, 'name is not of the type string'],
  [{ name: '' }, "name can't be blank"],
  [{ name: 'a', size: 'ten' }, 'size is invalid'],
  [{ name: 'a', tags: ['b', 5] }, 'tags.1 is not of the type string'],
  [{ name: 'a', port: 9 }, 'port is less than 10'],
  [{ name: 'a', port: 21 }, 'port is more than 20'],
  [{ name: 'a', speed: 0 }, 'speed is not above 0'],
  [{ name: 'a', pace: 'none' }, 'pace must be slow or fast'],
  [{ name: 'a', kind: 'c' }, 'kind is not one of a, b'],
  [{ name: 'a', order: { type: 'stop' } }, 'order.type is invalid'],
  [{ name: 'a', order: {} }, 'order.type is required'],
  [[], 'The request body is not an object.'],
])('the body %j is refused by its field: %s', (body, message) => {
  expect(() => parseBody(schema, body)).toThrow(message)
})

test('a number may come as text, which is nothing but digits', () => {
  expect(parseBody(numeric, '410')).toBe(410)
  expect(parseBody(numeric, 410)).toBe(410)
  expect(() => parseBody(numeric, '41x')).toThrow()
})
