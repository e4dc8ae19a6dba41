import { describeWith } from '../../../test/needs.ts'
import { theirToken } from '../src/cloud.ts'
import { DotsWrapper } from '../src/dots-wrapper.ts'
import { Godo } from '../src/godo.ts'
import { noPackages, noPython } from '../src/installation.ts'
import { PythonDigitalocean } from '../src/python.ts'
import { clientSuite } from '../src/suite.ts'

describeWith('dots-wrapper', noPackages, () => {
  clientSuite({
    open: (url) => new DotsWrapper(url, theirToken),
    uses: ({ by }) => by.dotsWrapper,
  })
})

describeWith('godo, in the MCP server of DigitalOcean', noPackages, () => {
  clientSuite({ open: (url) => new Godo(url, theirToken), uses: ({ by }) => by.godo })
})

describeWith('python-digitalocean', noPython, () => {
  clientSuite({
    open: (url) => new PythonDigitalocean(url, theirToken),
    uses: ({ by }) => by.python,
  })
})
