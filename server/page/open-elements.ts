import { breakouts, type ElementType, foreignName, foreignTypeOf, implied, typeOf } from './elements.ts'

/** Blink's own limit of the tree's depth. */
const deepest = 512

/**
 * The stack of open elements of the HTML Standard (13.2.4.2) with those rules of its tree construction that decide
 * where an element ends: end tags left out, stray ones, tables, SVG. No tree is made. What moves nodes about after
 * the fact is out of its reach: formatting elements that are closed across blocks (`<b><p></b>`) end here where they
 * end, and their copies in the blocks are not made.
 */
export class OpenElements {
  readonly #stack: ElementType[] = []
  /** Elements opened deeper than `deepest`, by name: counted, so that their end tags close nothing else. */
  readonly #deeper = new Map<string, number>()
  /** Place in the stack of the element that is watched; −1 once it has ended. */
  #watched = -1
  /** Without a doctype a table may stand in a paragraph. */
  quirks = true

  get empty(): boolean {
    return this.#stack.length === 0
  }

  /** Whether tags are those of SVG or MathML here. */
  get inForeign(): boolean {
    const top = this.#stack.at(-1)
    return top?.foreign === true && !top.integration
  }

  get inTemplate(): boolean {
    return this.#stack.some(isTemplate)
  }

  /** Whether the innermost element is a row, so that a cell's tags close nothing else. */
  get inRow(): boolean {
    return this.#stack.at(-1)?.name === 'tr'
  }

  /** Whether the element that `watch` was told of is still open. */
  get watching(): boolean {
    return this.#watched >= 0
  }

  /** Watches the element that was opened last. */
  watch(): void {
    this.#watched = this.#stack.length - 1
  }

  /** The start tag of an HTML element. Gives what it is here, or undefined when the tag is ignored. */
  open(element: ElementType, selfClosing: boolean): ElementType | undefined {
    if (this.inForeign) {
      if (!breakouts.has(element.name)) return this.#openForeign(element, selfClosing)
      this.#leaveForeign()
    }
    if (element.ignored) return undefined
    if (element.foreign) return this.#openForeign(element, selfClosing)
    if (element.tablePart ? !this.#enterTable(element) : !this.#makeRoom(element)) return undefined
    // A form between the parts of a table is empty: what follows it is moved in front of the table.
    if (element.name === 'form' && this.#inTable) return { ...element, void: true }
    if (!element.void) this.#push(element)
    return element
  }

  /** An end tag, and what it ends: the watched element, as its own; another, maybe with that one in it; or nothing. */
  close(element: ElementType): 'watched' | 'other' | 'none' {
    const deeper = this.#deeper.get(element.name) ?? 0
    if (deeper > 0) {
      this.#deeper.set(element.name, deeper - 1)
      return 'none'
    }
    if (element.name === 'p' || element.name === 'br') this.#leaveForeign()
    const last = this.#stack.length - 1
    const index = this.#stack[last]?.name === element.name ? last : this.#find(element)
    if (index < 0) return 'none'
    const ended = this.#stack[index]
    const own = index === this.#watched && (ended?.foreign || ended?.name === element.name)
    if (element.name === 'form' && !ended?.foreign) {
      this.#closeTop((top) => implied.has(top.name))
      this.#remove(index)
    } else if (element.formatting) this.#closeFormatting(index)
    else this.#cut(index)
    return own ? 'watched' : 'other'
  }

  /** Whether a table is open and no cell or caption in it. */
  get #inTable(): boolean {
    return this.#stack[this.#search(isTableOrCell)]?.name === 'table'
  }

  /** Where the element stands that an end tag means, or −1 when it means none. */
  #find(element: ElementType): number {
    const { name } = element
    const foreign = foreignName(name)
    for (let n = this.#stack.length - 1; this.#stack[n]?.foreign; n--) {
      if (this.#stack[n]?.name === foreign) return n
    }
    if (element.tablePart || name === 'table') return this.#search(named(name), isTableRoot)
    if (name === 'template') return this.#search(isTemplate)
    if (element.heading) return this.#search(isHeading, isBoundary)
    if (name === 'p') return this.#search(named(name), isBoundaryOr('button'))
    if (name === 'li') return this.#search(named(name), isBoundaryOr('ol', 'ul'))
    return this.#search(named(name), element.block || element.formatting ? isBoundary : isSpecial)
  }

  /** The innermost element that fits, unless one at which to stop is further in. */
  #search(fits: Test, stops?: Test): number {
    for (let n = this.#stack.length - 1; n >= 0; n--) {
      const element = this.#stack[n] as ElementType
      if (fits(element)) return n
      if (stops?.(element)) return -1
    }
    return -1
  }

  /** What the adoption agency algorithm leaves open: of what stands in the element, blocks and formatting around them. */
  #closeFormatting(index: number): void {
    const lastBlock = this.#stack.findLastIndex((element, n) => n > index && isSpecial(element))
    this.#cut(Math.max(lastBlock, index) + 1)
    for (let n = lastBlock; n > index; n--) {
      const element = this.#stack[n]
      if (!element?.special && !element?.formatting) this.#remove(n)
    }
    this.#remove(index)
  }

  #openForeign({ name }: ElementType, selfClosing: boolean): ElementType {
    const element = foreignTypeOf(name)
    if (selfClosing) return { ...element, void: true }
    this.#push(element)
    return element
  }

  /** Each tag searches the stack: its depth is bounded, as browsers bound that of the tree. */
  #push(element: ElementType): void {
    if (this.#stack.length < deepest) this.#stack.push(element)
    else this.#deeper.set(element.name, (this.#deeper.get(element.name) ?? 0) + 1)
  }

  #leaveForeign(): void {
    while (this.inForeign) this.#cut(this.#stack.length - 1)
  }

  /** Closes what the start tag closes; false when the tag itself is ignored. */
  #makeRoom(element: ElementType): boolean {
    const { name, endsParagraph, heading } = element
    if (name === 'form' && this.#search(named(name), isTemplate) >= 0) return false
    if (name !== 'template') this.#closeTop(named('colgroup'))
    if (name === 'li') this.#closeItem(named('li'))
    else if (name === 'dd' || name === 'dt') this.#closeItem(isDefinition)
    if (endsParagraph && !(name === 'table' && this.quirks)) this.#closeFound(named('p'), isBoundaryOr('button'))
    if (heading) this.#closeTop(isHeading)
    switch (name) {
      case 'a':
      case 'nobr':
        if (this.#search(named(name), isBoundary) >= 0) this.close(element)
        return true
      case 'button':
        this.#closeFound(named(name), isBoundary)
        return true
      case 'select':
        return !this.#closeFound(named(name), isBoundary)
      case 'table':
        if (this.#inTable) this.close(element)
        return true
      case 'optgroup':
        this.#closeTop(named('option'))
        if (this.#search(named('select'), isBoundary) >= 0) this.#closeTop(named(name))
        return true
      case 'option':
        this.#closeTop(named('option'))
        return true
      case 'rb':
      case 'rtc':
        if (this.#search(named('ruby'), isBoundary) >= 0) this.#closeTop((top) => implied.has(top.name))
        return true
      case 'rp':
      case 'rt':
        if (this.#search(named('ruby'), isBoundary) >= 0) {
          this.#closeTop((top) => implied.has(top.name) && top.name !== 'rtc')
        }
    }
    return true
  }

  /** What stands between a table and its parts ends; sections and rows that were left out are put in. */
  #enterTable({ name }: ElementType): boolean {
    const table = this.#search(isTableRoot)
    if (table < 0) return false
    if (name === 'td' || name === 'th') this.#enterRow(table)
    else if (name === 'tr') this.#enterSection(table)
    else this.#cut(name === 'col' && this.#stack[table + 1]?.name === 'colgroup' ? table + 2 : table + 1)
    return true
  }

  #enterSection(table: number): void {
    const section = isSection(this.#stack[table + 1])
    this.#cut(section ? table + 2 : table + 1)
    if (!section && this.#stack[table]?.name === 'table') this.#stack.push(typeOf('tbody'))
  }

  #enterRow(table: number): void {
    const row = isSection(this.#stack[table + 1]) ? table + 2 : table + 1
    if (this.#stack[row]?.name === 'tr') return this.#cut(row + 1)
    this.#enterSection(table)
    if (this.#stack[table]?.name === 'table') this.#stack.push(typeOf('tr'))
  }

  #closeItem(fits: Test): void {
    this.#closeFound(fits, (element) => isSpecial(element) && !/^(?:address|div|p)$/.test(element.name))
  }

  #closeFound(fits: Test, stops: Test): boolean {
    const index = this.#search(fits, stops)
    if (index >= 0) this.#cut(index)
    return index >= 0
  }

  /** Closes the innermost elements as long as they fit. */
  #closeTop(fits: Test): void {
    for (let top = this.#stack.at(-1); top && fits(top); top = this.#stack.at(-1)) this.#cut(this.#stack.length - 1)
  }

  #cut(length: number): void {
    while (this.#stack.length > length) this.#stack.pop()
    if (this.#watched >= length) this.#watched = -1
  }

  /** Takes an element out from under those that stand in it. */
  #remove(index: number): void {
    this.#stack.splice(index, 1)
    if (this.#watched === index) this.#watched = -1
    else if (this.#watched > index) this.#watched--
  }
}

type Test = (element: ElementType) => boolean

function named(name: string): Test {
  return (element) => element.name === name
}

function isBoundary({ boundary }: ElementType): boolean {
  return boundary === true
}

function isBoundaryOr(...names: string[]): Test {
  return ({ boundary, name }) => boundary === true || names.includes(name)
}

function isSpecial({ special }: ElementType): boolean {
  return special === true
}

function isHeading({ heading }: ElementType): boolean {
  return heading === true
}

function isDefinition({ name }: ElementType): boolean {
  return name === 'dd' || name === 'dt'
}

function isTemplate({ name }: ElementType): boolean {
  return name === 'template'
}

function isTableRoot({ name }: ElementType): boolean {
  return name === 'table' || name === 'template'
}

function isTableOrCell({ name }: ElementType): boolean {
  return isTableRoot({ name }) || name === 'td' || name === 'th' || name === 'caption'
}

function isSection(element: ElementType | undefined): boolean {
  return element?.section === true
}
