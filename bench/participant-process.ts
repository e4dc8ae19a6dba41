import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Answer, parseAnswer, type Request, type Setup } from './participants/protocol.ts'

/** A participant in a process of its own. */
export interface ParticipantProcess {
  readonly settings: Readonly<Record<string, string | number | boolean>>
  /** Its processes by name; the one that was started here is `itself`. */
  readonly processes: Readonly<Record<string, number>>
  /** @throws Error what the participant threw, or how it ended */
  ask<Type extends Answer['type']>(
    request: Request,
    expected: Type,
  ): Promise<Extract<Answer, { type: Type }>>
  /** Ends every process of it, however it takes that. */
  end(): Promise<void>
}

const startMs = 60_000
const answerMs = 60_000
const endMs = 15_000
/** Of what it said on its way down. */
const keptText = 4_000

export async function startParticipant(
  program: string,
  setup: Setup,
  { source }: { readonly source: boolean },
): Promise<ParticipantProcess> {
  const file = fileURLToPath(new URL(program, import.meta.url))
  const conditions = source ? ['--conditions=@arcadia-cloud/source'] : []
  const child = spawn(process.execPath, [...conditions, file], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', BENCH_SETUP: JSON.stringify(setup) },
  })
  const answers = answersOf(child)
  let processes: Readonly<Record<string, number>> = {}
  const end = () => endAll(child, () => Object.values(processes))
  try {
    const ready = expect(await answers.next(startMs, 'to start'), 'ready')
    processes = ready.processes
    return {
      settings: ready.settings,
      processes,
      async ask(request, expected) {
        child.send(request)
        return expect(await answers.next(answerMs, request.type), expected)
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

function expect<Type extends Answer['type']>(
  answer: Answer,
  type: Type,
): Extract<Answer, { type: Type }> {
  if (isOf(answer, type)) return answer
  throw new Error(answer.type === 'failed' ? answer.error : `it answered "${answer.type}"`)
}

function isOf<Type extends Answer['type']>(
  answer: Answer,
  type: Type,
): answer is Extract<Answer, { type: Type }> {
  return answer.type === type
}

/** Its answers, one for each request; what it says besides is kept for when it fails. */
function answersOf(child: ChildProcess) {
  let said = ''
  const keep = (text: Buffer) => {
    said = (said + text.toString()).slice(-keptText)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let pending = Promise.withResolvers<Answer>()
  // Nobody may be waiting when it ends.
  pending.promise.catch(() => undefined)
  child.on('message', (message) => pending.resolve(parseAnswer(message)))
  child.on('error', (error) => pending.reject(error))
  child.on('exit', (code, signal) =>
    pending.reject(new Error(`it ended by itself (${signal ?? code}):\n${said}`)),
  )
  return {
    async next(ms: number, what: string): Promise<Answer> {
      const late = setTimeout(
        () => pending.reject(new Error(`no answer within ${ms / 1_000} s (${what}):\n${said}`)),
        ms,
      )
      try {
        return await pending.promise
      } finally {
        clearTimeout(late)
        if (child.exitCode === null && child.signalCode === null) {
          pending = Promise.withResolvers<Answer>()
          pending.promise.catch(() => undefined)
        }
      }
    },
  }
}

async function endAll(child: ChildProcess, pids: () => readonly number[]): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    // It closes what it has opened when its parent is gone.
    if (child.connected) child.disconnect()
    const kill = setTimeout(() => child.kill('SIGKILL'), endMs)
    await ended
    clearTimeout(kill)
  }
  for (const pid of pids()) if (pid !== child.pid) killIfThere(pid)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, as it should have.
  }
}
