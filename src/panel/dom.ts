/** Elements without markup: every text is a text node, so a device may be called <img onerror> and stays a name. */

type Child = Node | string | false | null | undefined
/** A function listens to the event of that name; false and null leave the attribute out. */
type Attributes = Record<string, string | boolean | null | ((event: never) => unknown)>

export function h<Tag extends keyof HTMLElementTagNameMap> (
  tag: Tag, attributes: Attributes = {}, ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener)
    else if (typeof value === 'string') element.setAttribute(name, value)
    else if (value === true) element.setAttribute(name, '')
  }
  element.append(
    ...children.filter((child) => child instanceof Node || (typeof child === 'string' && child !== '')) as Array<
      Node | string
    >
  )
  return element
}

/**
 * A button that hears the first click of a double click only, and nothing while what it began is under way, or where it
 * is `aria-disabled` (not `disabled`: that would drop the focus).
 */
export function button (part: string, label: Child, click: () => unknown): HTMLButtonElement {
  const element = h('button', {
    type: 'button',
    part: `button ${part}`,
    async click ({ detail }: MouseEvent) {
      if (detail > 1 || element.ariaBusy === 'true' || element.ariaDisabled === 'true') return
      element.ariaBusy = 'true'
      try {
        await click()
      } finally {
        element.ariaBusy = 'false'
      }
    }
  }, label)
  return element
}

/** Changes a text in place: a click that has begun is not lost, as it would be on a new element. */
export function setText (node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

/** One after the other, with a dot between them. */
export function dotted (facts: Array<Node | string | false | null>): Array<Node | string> {
  return facts.filter((fact) => fact).flatMap((fact, index) => [index > 0 ? ' · ' : '', fact as Node | string])
}
