import { create, find, stamp } from './element.js'
import type { Host } from './host.js'
import type { CaseResult, RefusalCase } from './refusal-case.js'

/** One row for every different answer, with those who gave it. */
function createRows(hosts: readonly Host[], results: readonly CaseResult[]): HTMLElement[] {
  const groups = new Map<string, { readonly result: CaseResult; readonly titles: string[] }>()
  for (const [index, result] of results.entries()) {
    const key = JSON.stringify(result)
    const group = groups.get(key) ?? { result, titles: [] }
    groups.set(key, group)
    group.titles.push(hosts[index]?.title ?? '')
  }
  return [...groups.values()].map(({ result, titles }) => {
    const head = create('th', 'who', titles.join(', '))
    head.setAttribute('scope', 'row')
    const line = create('tr', '')
    line.append(head, create('td', 'said', result.said), create('td', 'detail', result.detail.join('\n')))
    return line
  })
}

/** Says in one sentence what all servers said. */
function sumUp(title: string, results: readonly CaseResult[]): string {
  const said = [...new Set(results.map((result) => result.said))]
  const who = said.length === 1 ? 'all five servers said' : 'the servers said'
  return `${title}: ${who} ${said.join(' or ')}.`
}

/** Makes the card of one case: tries it on every server and shows what each made of it. */
export function createCaseCard(
  refusal: RefusalCase,
  hosts: readonly Host[],
  announce: (text: string) => void,
): HTMLElement {
  const element = stamp('case-template')
  const button = find(HTMLButtonElement, 'button', element)
  const results = find(HTMLElement, '.results', element)
  const body = find(HTMLElement, 'tbody', element)
  element.dataset.case = refusal.id
  find(HTMLElement, 'h3', element).textContent = refusal.title
  find(HTMLElement, '.plan', element).textContent = refusal.plan
  button.setAttribute('aria-label', `Try it: ${refusal.title}`)
  let isRunning = false
  button.addEventListener('click', async () => {
    if (isRunning) return
    isRunning = true
    button.textContent = 'Trying…'
    try {
      const found = await Promise.all(hosts.map((host) => refusal.run(host)))
      body.replaceChildren(...createRows(hosts, found))
      results.hidden = false
      announce(sumUp(refusal.title, found))
      button.textContent = 'Try again'
    } catch {
      announce(`${refusal.title}: the page's own server does not answer.`)
      button.textContent = 'Try again'
    }
    button.setAttribute('aria-label', `Try again: ${refusal.title}`)
    isRunning = false
  })
  return element
}
