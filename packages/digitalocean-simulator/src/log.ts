/** Where the simulator tells what it does. */
export interface Log {
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** For those who did not ask. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
