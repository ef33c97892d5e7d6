import { attributesOf, blocksOf, type Block } from './schema.ts';

const NESTING = { single: 'SINGLE', list: 'LIST', set: 'SET' } as const;

/** A block of the schema as the protocol's message. */
export function blockMessage(block: Block, version: number): object {
  return {
    version,
    attributes: attributesOf(block).map(([name, { type, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
    })),
    block_types: blocksOf(block).map(([name, nested]) => ({
      type_name: name,
      block: blockMessage(nested.block, 0),
      nesting: NESTING[nested.nesting_mode],
      min_items: nested.min_items ?? 0,
      max_items: nested.max_items ?? 0,
    })),
  };
}
