import { monitor } from './closed-loop.ts'
import { type Answer, parseRequest, parseSetup, type Setup } from './protocol.ts'

/** What is measured: one way to run a saga of three steps that do nothing. */
export interface Participant {
  /** How it is set up, for the report. */
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Processes of its own besides this one, by name. */
  readonly processes?: Readonly<Record<string, number>>
  /** Told how many will be in flight, before they are. */
  expect?(concurrency: number): Promise<void>
  /** Runs one saga, from its submission until it is known to be completed. */
  run(): Promise<void>
  /** How many statements it has sent so far, where it can be counted. */
  statements?(): number
  close(): Promise<void>
}

/**
 * Makes this process a participant: opens it, then does what the driver asks for over the channel to
 * its parent. Ends with the parent.
 */
export async function serve(open: (setup: Setup) => Promise<Participant>): Promise<void> {
  const setup = parseSetup(process.env['BENCH_SETUP'])
  const participant = await open(setup)
  const loop = monitor(() => participant.run())
  const statements = () => participant.statements?.() ?? null

  async function answer(message: unknown): Promise<Answer> {
    const request = parseRequest(message)
    switch (request.type) {
      case 'start':
        await participant.expect?.(request.concurrency)
        loop.start(request.concurrency)
        return { type: 'started' }
      case 'mark':
        return { type: 'marked', ...loop.mark(), statements: statements() }
      case 'halt':
        await loop.halt()
        return { type: 'halted' }
      case 'close':
        await participant.close()
        return { type: 'closed' }
    }
  }

  // One that lost its parent must not stay behind, nor what it has started.
  process.once('disconnect', () => {
    void participant.close().finally(() => process.exit(1))
  })
  process.on('message', (message) => {
    answer(message)
      .catch((error: unknown): Answer => ({ type: 'failed', error: textOf(error) }))
      .then(send)
  })
  const { settings, processes = {} } = participant
  send({ type: 'ready', settings, processes: { itself: process.pid, ...processes } })
}

function send(answer: Answer): void {
  process.send?.(answer)
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
