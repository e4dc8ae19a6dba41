import { shortId } from '../api/ids.ts'
import type { Saga } from '../api/shapes.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { sagaChanges } from './changes.ts'
import { type Followed, type Follower, follow } from './follow.ts'
import { fitted, sagaFrame } from './frame.ts'
import { frozenLines } from './frozen.ts'

/** How a watched saga is shown: a line of JSON a change, a part of the screen, or lines of text. */
type View = Follower & { done(): void }

/**
 * Shows a saga until it has ended or needs somebody. An interruption ends the watching, never the
 * saga.
 */
export async function watchSaga(session: Session, id: string): Promise<Followed> {
  return show(session, id, viewFor(session))
}

/** The same without standard output, which then is free for the result. */
export async function awaitSaga(session: Session, id: string): Promise<Followed> {
  return session.json ? show(session, id, silentView(session)) : watchSaga(session, id)
}

/** What the shell is told of an interruption. */
export function interruptedCode(reason: unknown): ExitCode {
  return reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
}

async function show(session: Session, id: string, view: View): Promise<Followed> {
  using interruption = session.terminal.interruption()
  const { api, terminal } = session
  let end: Followed
  try {
    end = await follow({ api, terminal, signal: interruption.signal }, id, view)
  } finally {
    view.done()
  }
  const tag = shortId(id)
  if (end.type === 'settled' && end.saga.status === 'parked' && !session.json) {
    session.note(`"arcadia saga show ${tag}" says what can be done about it.`)
  }
  if (end.type === 'interrupted') {
    // After the ^C that the terminal shows.
    if (session.terminal.err.isTTY) session.note('')
    session.note(
      `The saga goes on. "arcadia saga watch ${tag}" shows it again; "arcadia saga cancel ${tag}" takes it back.`,
    )
  }
  return end
}

function viewFor(session: Session): View {
  if (session.json) return jsonView(session)
  return session.terminal.out.isTTY ? liveView(session) : lineView(session)
}

function silentView(session: Session): View {
  return { seen() {}, tick() {}, ...connectionNotes(session), done() {} }
}

function jsonView(session: Session): View {
  return {
    ...silentView(session),
    seen: (_saga, body, changed) => {
      if (changed) session.terminal.out.write(`${JSON.stringify(body)}\n`)
    },
  }
}

function lineView(session: Session): View {
  let before: Saga | undefined
  let told: string | undefined
  const frozenFor = frozenLines(session.api)
  return {
    ...silentView(session),
    seen: async (saga) => {
      session.print(sagaChanges(before, saga, session.now()))
      before = saga
      const frozen = await frozenFor(saga)
      if (frozen !== undefined && frozen !== told) session.note(frozen)
      told = frozen
    },
  }
}

function liveView(session: Session): View {
  const area = session.terminal.liveArea()
  let saga: Saga | undefined
  let frozen: string | undefined
  let isLost = false
  const frozenFor = frozenLines(session.api)
  const draw = () => {
    if (saga === undefined) return
    const { paint, width } = session
    const lost = isLost ? [paint('yellow', '  The server does not answer; trying again…')] : []
    const held = frozen === undefined ? [] : [paint('red', fitted(`  ${frozen}`, width))]
    area.show([...sagaFrame(saga, { now: session.now(), paint, width }), ...held, ...lost])
  }
  return {
    seen: async (seen) => {
      saga = seen
      draw()
      frozen = await frozenFor(seen)
      draw()
    },
    tick: draw,
    lost: () => {
      isLost = true
    },
    found: () => {
      isLost = false
    },
    done: area.done,
  }
}

function connectionNotes(session: Session): Pick<View, 'lost' | 'found'> {
  return {
    lost: (error) => session.note(`${error.message} Trying again; the saga does not depend on it.`),
    found: () => session.note('The server answers again.'),
  }
}
