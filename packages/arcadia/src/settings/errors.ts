/** A setting that cannot be used. The message is one line: its name, its value unless secret, what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly code = 'invalid_setting'
  /** The environment variable, e.g. `PORT`; or the file that holds the value instead. */
  readonly variable: string

  constructor(variable: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.variable = variable
  }
}
