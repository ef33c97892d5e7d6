/* global document, matchMedia, mermaid */
// Draws the mermaid blocks of a page, in the colours of the reader's system.
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark ? 'dark' : 'default' });
const draw = (root) =>
  mermaid.run({ nodes: root.querySelectorAll('pre.mermaid:not([data-processed])'), suppressErrors: true });
// What is folded has no size yet: it is drawn when it is opened.
const visible = [...document.querySelectorAll('pre.mermaid')].filter(
  (block) => block.closest('details:not([open])') === null,
);
void mermaid.run({ nodes: visible, suppressErrors: true });
for (const details of document.querySelectorAll('details'))
  details.addEventListener('toggle', () => details.open && draw(details));
