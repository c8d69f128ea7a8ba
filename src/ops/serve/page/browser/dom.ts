type Child = Node | string | undefined
type Props = Readonly<Record<string, string | number | boolean | undefined>>

const fill = (element: Element, props: Props, children: readonly Child[]): void => {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) element.removeAttribute(name)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== undefined))
}

/** An HTML element with its attributes and children. Texts are texts: nothing that came from outside becomes markup. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag)
  fill(element, props, children)
  return element
}

/** The same for SVG. */
export const svg = (tag: string, props: Props = {}, ...children: readonly Child[]): SVGElement => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  fill(element, props, children)
  return element
}

/** Writes only what is another text: a reader's selection and a screen reader are left alone. */
export const say = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

export const byId = (id: string): HTMLElement => {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element
}
