import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type SignalSource, untilSignal } from './signals.ts'

function source() {
  const emitter = new EventEmitter()
  const exits: number[] = []
  let time = 0
  const given: SignalSource = {
    on: (signal, listener) => emitter.on(signal, listener),
    off: (signal, listener) => emitter.off(signal, listener),
    exit: (code) => exits.push(code),
  }
  return {
    given,
    exits,
    now: () => time,
    listeners: () => emitter.listenerCount('SIGINT') + emitter.listenerCount('SIGTERM'),
    signal: (name: 'SIGINT' | 'SIGTERM', afterMs = 0) => {
      time += afterMs
      emitter.emit(name)
    },
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops what runs, and waits for it', async (name) => {
  const { given, signal, now, exits, listeners } = source()
  const stopped = Promise.withResolvers<void>()
  const order: string[] = []
  const running = untilSignal(
    async () => ({
      stop: async () => {
        order.push('stopping')
        await stopped.promise
        order.push('stopped')
      },
    }),
    given,
    now,
  )
  await Promise.resolve()
  signal(name)
  stopped.resolve()
  await running
  expect(order).toEqual(['stopping', 'stopped'])
  expect(exits).toEqual([])
  expect(listeners()).toBe(0)
})

test('Ctrl-C that arrives twice, for npm passes it on, is one', async () => {
  const { given, signal, now, exits } = source()
  const running = untilSignal(async () => ({ stop: async () => {} }), given, now)
  await Promise.resolve()
  signal('SIGINT')
  signal('SIGINT', 200)
  await running
  expect(exits).toEqual([])
})

test('a second signal of somebody who does not want to wait ends it at once', async () => {
  const { given, signal, now, exits } = source()
  const stopped = Promise.withResolvers<void>()
  const running = untilSignal(async () => ({ stop: () => stopped.promise }), given, now)
  await Promise.resolve()
  signal('SIGTERM')
  signal('SIGINT', 1_500)
  expect(exits).toEqual([130])
  stopped.resolve()
  await running
})

test('a signal while it starts ends the start, without an error', async () => {
  const { given, signal, now, listeners } = source()
  const running = untilSignal(
    (aborted) =>
      new Promise((_resolve, reject) => {
        aborted.addEventListener('abort', () => reject(aborted.reason))
      }),
    given,
    now,
  )
  await Promise.resolve()
  signal('SIGINT')
  await expect(running).resolves.toBeUndefined()
  expect(listeners()).toBe(0)
})

test('what keeps it from starting is thrown', async () => {
  const { given, now, listeners } = source()
  const running = untilSignal(() => Promise.reject(new Error('port in use')), given, now)
  await expect(running).rejects.toThrow('port in use')
  expect(listeners()).toBe(0)
})
