import { type Html, html, raw } from 'patella'

export interface Frame {
  title: string
  about: string
  /** The page's own path. */
  path: string
  /** Path and title of each example. */
  nav: readonly (readonly [path: string, title: string])[]
  sources: readonly Source[]
}

export interface Source {
  /** `counter/index.ts` */
  file: string
  text: string
}

/** The frame of every page: ordinary HTML, with the client's script first. */
export function layout({ title, about, path, nav, sources }: Frame, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <script src="/patella/client.js" defer></script>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title === 'Patella' ? title : `${title} · Patella`}</title>
  <meta name="description" content="${about}">
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <a class="skip" href="#main">Skip to content</a>
  <header>
    <a class="brand" href="/" aria-current=${current(path === '/')}>
      <img src="/icon.svg" alt="" width="28" height="28">Patella
    </a>
    <nav aria-label="Examples">
      ${nav.map(([to, name]) => html`<a href=${to} aria-current=${current(isWithin(path, to))}>${name}</a>`)}
    </nav>
  </header>
  <p class="offline" aria-hidden="true">Connection lost. What you do is kept and sent when it is back.</p>
  <main id="main" tabindex="-1">
    <h1>${title}</h1>
    <p class="about">${about}</p>
    ${content}
    ${sources.map(
      ({ file, text }) => html`
    <details class="source">
      <summary>${file}</summary>
      <pre tabindex="0" role="region" aria-label="${file}"><code>${highlight(text)}</code></pre>
    </details>`,
    )}
  </main>
  <noscript><p class="offline">Without JavaScript the to-do list and the accounts work all the same, by plain forms.</p></noscript>
</body>
</html>`
}

function current(is: boolean): 'page' | undefined {
  return is ? 'page' : undefined
}

function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`)
}

/** Comments and names of actions: enough to guide the eye. */
function highlight(text: string): Html {
  const marked = String(html`${text}`)
    .replace(/(?:^|(?<= ))\/\/.*$|\/\*\*[\s\S]*?\*\//gm, '<i>$&</i>')
    .replace(/\b[a-z]+#[a-zA-Z]+\b/g, '<b>$&</b>')
  return raw(marked)
}
