import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

/** The parser that GitHub's page uses, without a page: what its sanitiser asks of a browser is there in name only. */
export function mermaidParser<Diagram>(): (text: string) => Promise<Diagram> {
  const document = {
    nodeType: 9,
    currentScript: null,
    implementation: {},
    addEventListener: () => undefined,
    createElement: () => ({}),
  };
  class Element {
    get parentNode() {
      return null;
    }
  }
  const names = ['Node', 'NodeFilter', 'NamedNodeMap', 'HTMLTemplateElement', 'HTMLFormElement', 'DOMParser'];
  const page: Record<string, unknown> = {
    ...Object.fromEntries(names.map((name) => [name, class {}])),
    Element,
    document,
    console,
    setTimeout,
    clearTimeout,
    structuredClone,
    addEventListener: () => undefined,
  };
  page['window'] = page['self'] = page;
  vm.createContext(page);
  const file = createRequire(import.meta.url).resolve('@mermaid-js/tiny');
  vm.runInContext(readFileSync(file, 'utf8'), page);
  const mermaid = page['mermaid'] as {
    parse(text: string): Promise<unknown>;
    mermaidAPI: { getDiagramFromText(text: string): Promise<Diagram> };
  };
  return async (text) => {
    await mermaid.parse(text);
    return mermaid.mermaidAPI.getDiagramFromText(text);
  };
}
