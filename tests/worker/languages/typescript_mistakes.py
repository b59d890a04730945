"""Mistakes that TypeScript's language service knows how to mend, one for each class of its messages: what is wrong, and what has to be there in the end."""

from dataclasses import dataclass

NEIGHBOUR = """\
export function helper(value: number): number {
  return value + 1;
}
export interface Shape {
  area(): number;
}
export default class Circle {
  constructor(readonly radius: number) {}
}
"""
"""The file beside it, neighbour.ts."""


@dataclass(frozen=True)
class Mistake:
    name: str
    source: str
    wanted: str
    """Stands in the mended text."""


MISTAKES = [
    Mistake("a variable misspelt", "const total = 1;\nexport const twice = totl * 2;\n", "total * 2"),
    Mistake(
        "a property misspelt",
        "interface Box { width: number }\nexport const f = (box: Box) => box.widht;\n",
        "box.width",
    ),
    Mistake("a method misspelt", "export const f = (list: number[]) => list.lenght;\n", "list.length"),
    Mistake("a keyword misspelt", "export function f(a: number) {\n  retrun a;\n}\n", "return a"),
    Mistake(
        "await misspelt",
        "const g = async () => 1;\nexport async function f() {\n  const a = awiat g();\n  return a + 1;\n}\n",
        "await g()",
    ),
    Mistake("an import missing", "export const f = (n: number) => helper(n);\n", "import { helper } from"),
    Mistake(
        "an import of a type missing", "export const f = (shape: Shape) => shape.area();\n", "Shape } from"
    ),
    Mistake("a default import missing", "export const f = () => new Circle(1);\n", "import Circle from"),
    Mistake(
        "an imported name misspelt",
        "import { helpr } from './neighbour.js';\nexport const f = (n: number) => helpr(n);\n",
        "helper",
    ),
    Mistake(
        "await missing in a sum",
        "const g = async () => 1;\nexport async function f() {\n  const a = g();\n  return a + 1;\n}\n",
        "await g()",
    ),
    Mistake(
        "await missing before a member",
        "const g = async () => 'a';\nexport async function f() {\n  return g().length;\n}\n",
        "(await g()).length",
    ),
    Mistake(
        "await missing in an argument",
        "const g = async () => 1;\nconst h = (n: number) => n;\nexport async function f() {\n  return h(g());\n}\n",
        "h(await g())",
    ),
    Mistake(
        "async missing",
        "const g = async () => 1;\nexport function f() {\n  const a = await g();\n  return a;\n}\n",
        "async function f",
    ),
    Mistake(
        "async missing on an arrow",
        "const g = async () => 1;\nexport const f = () => {\n  return (await g()) + 1;\n};\n",
        "async ()",
    ),
    Mistake(
        "a member of a class missing",
        "export class A {\n  f() {\n    this.count = 1;\n  }\n}\n",
        "count: number",
    ),
    Mistake(
        "a method of a class missing", "class A {}\nexport const f = (a: A) => {\n  a.go(1);\n};\n", "go("
    ),
    Mistake(
        "a member of an interface not implemented",
        "interface Shape { area(): number }\nexport class Square implements Shape {\n}\n",
        "area(): number",
    ),
    Mistake(
        "an abstract member not implemented",
        "abstract class Base { abstract go(): void }\nexport class Sub extends Base {\n}\n",
        "go()",
    ),
    Mistake(
        "properties of an object missing",
        "interface P { x: number; y: number }\nexport const p: P = { x: 1 };\n",
        "y:",
    ),
    Mistake(
        "super() missing",
        "class Base {}\nexport class Sub extends Base {\n  a: number;\n  constructor() {\n    this.a = 1;\n  }\n}\n",
        "super()",
    ),
    Mistake(
        "super() too late",
        "class Base {}\nexport class Sub extends Base {\n  a: number;\n  constructor() {\n    this.a = 1;\n    super();\n  }\n}\n",
        "super();",
    ),
    Mistake(
        "extends where implements is meant",
        "interface Shape { name?: string }\nexport class A extends Shape {\n  name = 'a';\n}\n",
        "implements Shape",
    ),
    Mistake(
        "this missing", "export class A {\n  count = 0;\n  f() {\n    return count;\n  }\n}\n", "this.count"
    ),
    Mistake("a property never set", "export class A {\n  name: string;\n}\n", "name"),
    Mistake(
        "an import that is not used",
        "import { helper } from './neighbour.js';\nexport const a = 1;\n",
        "export const a = 1",
    ),
    Mistake(
        "a variable that is not used",
        "export function f() {\n  const unused = 1;\n  return 2;\n}\n",
        "return 2",
    ),
    Mistake(
        "a parameter that is not used",
        "export function f(a: number, b: number) {\n  return b;\n}\n",
        "return b",
    ),
    Mistake("an implicit any of a parameter", "export function f(a) {\n  return a * 2;\n}\n", "a: number"),
    Mistake(
        "an implicit any of an array",
        "export function f() {\n  let found = [];\n  const add = () => { found.push(1); };\n  add();\n  return found;\n}\n",
        "found: number[]",
    ),
    Mistake(
        "code that is never reached", "export function f() {\n  return 1;\n  console.log(2);\n}\n", "return 1"
    ),
    Mistake(
        "a label that is not used",
        "export function f() {\n  label: for (const a of [1]) {\n    return a;\n  }\n  return 0;\n}\n",
        "for (const a",
    ),
    Mistake(
        "override missing",
        "class Base { go() {} }\nexport class Sub extends Base {\n  go() {}\n}\n",
        "override go",
    ),
    Mistake(
        "a type imported as a value",
        "import { Shape } from './neighbour.js';\nexport type S = Shape;\n",
        "type",
    ),
    Mistake(
        "a constant without a value",
        "export async function f() {\n  for await (x of [1]) console.log(x);\n}\n",
        "const x",
    ),
    Mistake("new missing", "class A { a = 1 }\nexport const f = () => A().a;\n", "new A()"),
    Mistake(
        "a call missing",
        "export const f = (go: () => boolean) => {\n  if (go) {\n    return 1;\n  }\n  return 0;\n};\n",
        "go()",
    ),
    Mistake(
        "a function without return", "export function f(a: number): number {\n  a + 1;\n}\n", "return a + 1"
    ),
    Mistake(
        "an arrow without return",
        "export const f = (list: number[]): number[] => list.map((one): number => {\n  one + 1;\n});\n",
        "return one + 1",
    ),
    Mistake("a comma for a semicolon in an object", "export const a = { b: 1; c: 2 };\n", "b: 1, c"),
    Mistake(
        "a Promise of nothing named",
        "export async function f(): number {\n  return 1;\n}\n",
        "Promise<number>",
    ),
    Mistake(
        "a namespace import called",
        "import * as make from './neighbour.js';\nexport const f = () => make.helpr(1);\n",
        "make.helper",
    ),
    Mistake(
        "a readonly array made longer",
        "const a = [1] as const;\nexport const f = () => a.lenth;\n",
        "a.length",
    ),
]
