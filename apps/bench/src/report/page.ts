const STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--head:#f3f5f7;
--own:#0b69c7;--base:#57606a;--peer:#a3acb5;--floor:#2f8a4c;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#0f1318;--ink:#e6eaef;--soft:#9aa4af;--line:#2c343d;--head:#181e25;
--own:#6cb2ff;--base:#9aa4af;--peer:#5b6570;--floor:#6bc98a;--bad:#ff8f87}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.35rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}h3{font-size:.95rem;margin:.2rem 0;font-weight:600}
p{margin:.35rem 0;color:var(--soft)}.bad{color:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem 2rem}
figure{margin:0;min-width:0}svg{display:block;width:100%;overflow:visible}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft)}
svg .grid{stroke:var(--line)}svg .one{stroke:var(--soft);stroke-dasharray:3 3}
.own{fill:var(--own)}.base{fill:var(--base)}.peer{fill:var(--peer)}.floor{fill:var(--floor)}svg .whisker{stroke:var(--ink)}
.line-own{stroke:var(--own)}.line-base{stroke:var(--base)}.line-peer{stroke:var(--peer)}.line-floor{stroke:var(--floor)}svg line{stroke-width:1.5}
.key span{display:inline-block;width:.8em;height:.8em;margin:0 .35em 0 1em;border-radius:2px}
.scroll{overflow:auto;border:1px solid var(--line);border-radius:.3rem}
table{border-collapse:collapse;min-width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{background:var(--head)}td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--soft)}
`

/** Makes text harmless in HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Writes a table; the cells from `numbersFrom` on are numbers. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbersFrom = Number.POSITIVE_INFINITY,
): string {
  const heads = head.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')
  const body = rows.map((row) => {
    const cells = row.map(
      (cell, column) => `<td${column >= numbersFrom ? ' class="n"' : ''}>${escapeHtml(cell)}</td>`,
    )
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

/** Writes a page that needs nothing else: light or dark as the reader has it, readable on a phone. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
}
