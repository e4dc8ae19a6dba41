/**
 * What managed databases and clusters give as the certificate of their authority. Nothing listens
 * behind the addresses it is for, and nobody has its key.
 */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUQSJslJh4GrMeH9PUonk9zL6QooQwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMU2ltdWxhdGVkIENBMCAXDTI2MTEyMzIxNDM0NFoYDzIxMjYx
MDMwMjE0MzQ0WjAXMRUwEwYDVQQDDAxTaW11bGF0ZWQgQ0EwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATi6tvTvp9vk6ibFiV0uMJ38ytDLoLp3p9NqJ/ZMENhO727
yJumF7e38Ti+jui3o++9rJsuC+N7Po5b/4Tv3IqXo1MwUTAdBgNVHQ4EFgQUptjl
L6Z7+mTI8yQEjLIe6YtiscYwHwYDVR0jBBgwFoAUptjlL6Z7+mTI8yQEjLIe6Yti
scYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA5m806k2Rmh6h
ot5Ln92hxGiXKnzB57GlL/NMXoigiScCIQD7xsq9G0h6jXMCO2LP0TFVjXzCWqJL
1I6lzQAgRfrMCw==
-----END CERTIFICATE-----
`

/** It as PEM, once more in base64, as answers carry it. */
export const authorityBase64 = Buffer.from(certificate).toString('base64')
