// Starts a program of ours: start.mjs <main | quickstart | listen | admin/main> [arguments]. It imports nothing, so that
// an old Node, and a folder in which nothing was installed, get a sentence and not a stack. Old Nodes must be able to
// read it.
import { existsSync, readFileSync } from 'node:fs'

const home = new URL('../', import.meta.url)
const [name] = process.argv.splice(2, 1)
const program = new URL(name === 'main' ? 'dist/main.js' : `dist/cli/${name}.js`, home)
const fault = faultOf()
if (fault === null) {
  // A package that is missing all the same.
  import(program.href).catch((error) => {
    const isMissing = error !== null && typeof error === 'object' && error.code === 'ERR_MODULE_NOT_FOUND'
    stop(
      isMissing
        ? `${error.message.split(' imported from ')[0]}. Run: npm ci`
        : (error && error.stack) || String(error),
    )
  })
} else stop(fault)

function faultOf() {
  const wanted = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')).engines.node.replace(
    '>=',
    '',
  )
  if (isOlder(process.versions.node, wanted)) {
    return `This is Node ${process.versions.node}, and Hermod needs ${wanted} or later: install a newer one from https://nodejs.org.`
  }
  if (!existsSync(new URL('node_modules', home)))
    return 'The packages of Hermod are not installed. Run: npm ci'
  if (!existsSync(program)) return 'Hermod is not built. Run: npm ci (which builds it), or: npm run build'
  return null
}

function isOlder(version, wanted) {
  const [major, minor] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

function stop(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
