/** A public key, as it is given to `POST /v2/account/keys`. */
export const sshKey = {
  name: 'mine',
  public_key:
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPGpTuLvdv4yxWQuJ9Hn3YBRQ5vtBbQ+xDLRcoRYLYKB mine',
}

/** What it is known by then, besides its id. */
export const fingerprint = '4b:51:a9:33:f8:93:4b:eb:9a:3a:57:82:4c:89:c5:d9'
