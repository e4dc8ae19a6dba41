import type { Log } from '../src/index.ts'

/** A log whose lines a test can read. */
export function recordingLog() {
  const lines: { readonly level: keyof Log; readonly message: string; readonly fields: object }[] =
    []
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, message, fields })
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    lines,
    /** What was said at a level. */
    said: (level: keyof Log) => lines.filter((line) => line.level === level).map(messageOf),
  }
}

function messageOf({ message }: { readonly message: string }): string {
  return message
}
