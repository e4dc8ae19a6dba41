/** The package's version; a test holds it to package.json. */
const version = '0.1.0'

/** What the client calls itself unless told otherwise. */
export const userAgent = `arcadia-cloud-digitalocean/${version}`
