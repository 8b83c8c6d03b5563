// Writes openapi/openapi.json from the routes' schemas; with --check it only says whether the file still agrees.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openapiText } from './openapi-text.ts'

const path = join(fileURLToPath(new URL('..', import.meta.url)), 'openapi', 'openapi.json')
const shown = relative(process.cwd(), path)
const text = await openapiText()

if (!process.argv.includes('--check')) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  console.log(`Wrote ${shown}`)
} else if ((await readFile(path, 'utf8').catch(() => '')) === text) {
  console.log(`${shown} agrees with the schemas.`)
} else {
  console.error(
    `${shown} differs from the schemas of the routes. Run: npm run openapi, and commit what it wrote.`,
  )
  process.exitCode = 1
}
