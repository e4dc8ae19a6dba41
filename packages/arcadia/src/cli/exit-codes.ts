/** What the command's end tells the shell. Wrong settings count as wrong arguments. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  drift: 2,
  usage: 3,
  refused: 4,
  unreachable: 5,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The table that `--help` shows. */
export const exitCodeTable: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, 'done; serve, worker or simulate was stopped, with Ctrl-C or SIGTERM, in order'],
  [
    exitCodes.failed,
    'not done: the saga was rolled back, failed or needs you; or the server failed',
  ],
  [
    exitCodes.drift,
    'there is open drift (drift ls, drift detect), as terraform plan -detailed-exitcode',
  ],
  [exitCodes.usage, 'wrong arguments, input or settings, or nothing of that name'],
  [exitCodes.refused, 'refused: not allowed, or not in the state that things are in'],
  [exitCodes.unreachable, 'ArcadiaCloud does not answer, or does not know the token'],
  [
    exitCodes.interrupted,
    'interrupted with Ctrl-C (143 by SIGTERM): a saga that was started goes on; a program stopped at once, by a second Ctrl-C',
  ],
]
