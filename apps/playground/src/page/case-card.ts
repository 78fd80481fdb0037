import { create, find, stamp } from './element.js'
import type { Host } from './host.js'
import type { CaseResult, RefusalCase } from './refusal-case.js'

function cell(label: string, text: string): HTMLElement {
  const element = create('td', '', text)
  element.dataset.label = label
  return element
}

function row(host: Host, { saw, said, detail }: CaseResult): HTMLElement {
  const line = create('tr', '')
  const head = create('th', '', host.title)
  head.setAttribute('scope', 'row')
  const answer = cell('The server said', '')
  answer.append(create('span', 'said', said))
  if (detail) answer.append(create('pre', 'detail', detail))
  line.append(head, cell('Your browser saw', saw), answer)
  return line
}

/** Says in one sentence what all servers said. */
function sumUp(title: string, results: readonly CaseResult[]): string {
  const said = [...new Set(results.map((result) => result.said))]
  const who = said.length === 1 ? `all ${results.length} servers said` : 'the servers said'
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
  find(HTMLElement, '.plan', element).textContent = refusal.what
  button.setAttribute('aria-label', `Try it: ${refusal.title}`)
  let isRunning = false
  button.addEventListener('click', async () => {
    if (isRunning) return
    isRunning = true
    button.textContent = 'Trying…'
    try {
      const found = await Promise.all(hosts.map((host) => refusal.run(host)))
      body.replaceChildren(...hosts.map((host, index) => row(host, found[index] as CaseResult)))
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
