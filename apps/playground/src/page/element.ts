/** Finds an element that the page is known to have. */
export function find<Kind extends Element>(
  kind: new () => Kind,
  selector: string,
  root: ParentNode = document,
): Kind {
  const found = root.querySelector(selector)
  if (!(found instanceof kind)) throw new Error(`The page has no ${selector}.`)
  return found
}

/** Makes a copy of the one element in a template. */
export function stamp(templateId: string): HTMLElement {
  const template = find(HTMLTemplateElement, `#${templateId}`)
  const copy = template.content.firstElementChild?.cloneNode(true)
  if (!(copy instanceof HTMLElement)) throw new Error(`The template ${templateId} is empty.`)
  return copy
}

/** Makes an element with a class and text. */
export function create(tag: string, className: string, text = ''): HTMLElement {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}
