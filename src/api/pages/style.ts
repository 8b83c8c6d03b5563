/** The style of the pages: no fonts, scripts or pictures from anywhere. The radio buttons choose the language. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: #1c2430; --soft: #55606e; --paper: #ffffff; --shade: #f4f6f8; --line: #dde2e8;
  --accent: #0b6b4f; --mark: #e4f3ed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e8ec; --soft: #9aa6b2; --paper: #12171d; --shade: #1a2129; --line: #2c3641;
    --accent: #5fd0a8; --mark: #17342a;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body {
  margin: 0; color: var(--ink); background: var(--paper);
  font: 1rem/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
}
a { color: var(--accent) }
.page { max-width: 70rem; margin: 0 auto; padding: 0 1.25rem 4rem }
header { padding: 2.5rem 0 1.25rem; border-bottom: 1px solid var(--line) }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em }
header p { margin: .5rem 0 0; color: var(--soft) }
.links { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 1rem }
h2 { margin: 3rem 0 .75rem; font-size: 1.4rem; line-height: 1.3; letter-spacing: -.01em }
h2 a { color: inherit; text-decoration: none }
h2 a:hover { text-decoration: underline }
p { margin: .75rem 0; overflow-wrap: break-word }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace }
code { padding: .1em .35em; border-radius: .25rem; background: var(--shade); font-size: .875em; overflow-wrap: anywhere;
  -webkit-box-decoration-break: clone; box-decoration-break: clone }
.note { padding: .75rem 1rem; border-left: 3px solid var(--accent); border-radius: 0 .375rem .375rem 0; background: var(--mark) }
.note p { margin: 0 }
.note code { background: transparent; padding: 0 }
.box { margin: 1rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--shade); overflow: hidden }
.bar { display: flex; border-bottom: 1px solid var(--line); font-size: .875rem; color: var(--soft) }
.bar span, .bar label { padding: .5rem 1rem }
.bar label { cursor: pointer; border-bottom: 2px solid transparent; margin-bottom: -1px }
.bar label:hover { color: var(--ink) }
pre { margin: 0; padding: .875rem 1rem; overflow-x: auto; font-size: .8125rem; line-height: 1.55; tab-size: 2 }
pre code { padding: 0; background: none; font-size: inherit; overflow-wrap: normal }
.table { margin: 1rem 0; overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9375rem }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 600; font-size: .875rem }
td:first-child code { white-space: nowrap }
nav { margin-top: 1.25rem }
nav summary { cursor: pointer; font-weight: 600 }
nav ol { list-style: none; margin: .5rem 0 0; padding: 0; columns: 2; column-gap: 1.5rem }
nav li { break-inside: avoid; padding: .2rem 0 }
nav a { text-decoration: none }
nav a:hover { text-decoration: underline }
.lang { position: fixed; top: 0; left: 0; opacity: 0; pointer-events: none }
.in-curl, .in-javascript, .in-python { display: none }
#lang-curl:checked ~ .page .in-curl,
#lang-javascript:checked ~ .page .in-javascript,
#lang-python:checked ~ .page .in-python { display: block }
#lang-curl:checked ~ .page label[for=lang-curl],
#lang-javascript:checked ~ .page label[for=lang-javascript],
#lang-python:checked ~ .page label[for=lang-python] { color: var(--accent); border-bottom-color: var(--accent) }
#lang-curl:focus-visible ~ .page label[for=lang-curl],
#lang-javascript:focus-visible ~ .page label[for=lang-javascript],
#lang-python:focus-visible ~ .page label[for=lang-python] { outline: 2px solid var(--accent); outline-offset: -3px }
@media (min-width: 60rem) {
  .columns { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 3.5rem }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 2rem 0; margin: 0 }
  nav ol { columns: 1 }
  nav a { color: var(--soft) }
  nav a:hover { color: var(--ink) }
  main { min-width: 0 }
  main section:first-child h2 { margin-top: 1.875rem }
}
`
