/**
 * Makes `sandbox/github/openapi.json`: the part of GitHub's published OpenAPI description that the GitHub stand-in checks
 * its requests and answers against. The whole description (npm package `@octokit/openapi`, 385 MB installed) is put into a
 * temporary folder and removed again.
 *
 * Usage: node scripts/github-openapi.ts [DIRECTORY where the package is installed already]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const VERSION = '23.0.2';
const OUTPUT = join(import.meta.dirname, '../sandbox/github/openapi.json');

/** The operations that the stand-in serves, by GitHub's own operation ids. */
const OPERATIONS = [
  'rate-limit/get',
  'repos/get',
  'repos/get-content',
  'repos/get-branch',
  'repos/get-commit',
  'repos/compare-commits',
  'repos/list-pull-requests-associated-with-commit',
  'repos/get-collaborator-permission-level',
  'repos/create-commit-status',
  'repos/list-commit-statuses-for-ref',
  'repos/get-combined-status-for-ref',
  'repos/create-deployment',
  'repos/list-deployments',
  'repos/get-deployment',
  'repos/create-deployment-status',
  'repos/list-deployment-statuses',
  'git/get-ref',
  'pulls/list',
  'pulls/create',
  'pulls/get',
  'pulls/update',
  'pulls/merge',
  'pulls/check-if-merged',
  'pulls/list-files',
  'pulls/list-commits',
  'pulls/list-reviews',
  'pulls/create-review',
  'issues/list-for-repo',
  'issues/create',
  'issues/get',
  'issues/update',
  'issues/list-comments',
  'issues/create-comment',
  'issues/get-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'issues/list-labels-on-issue',
  'issues/add-labels',
  'issues/remove-label',
  'issues/list-labels-for-repo',
  'issues/create-label',
  'issues/get-label',
  'issues/list-events-for-timeline',
  'checks/create',
  'checks/get',
  'checks/update',
  'checks/list-for-ref',
  'actions/get-workflow-run',
  'actions/list-jobs-for-workflow-run',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

interface Operation extends JsonObject {
  operationId: string;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What only people read, and what ajv does not know. */
const LEFT_OUT = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'deprecated', 'readOnly']);

/** OpenAPI 3.0's schema dialect as JSON Schema: `nullable` becomes a type, prose goes. `names` are property names. */
function jsonSchema(value: Json, names = false): Json {
  if (Array.isArray(value)) return value.map((item) => jsonSchema(item));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (!names && (LEFT_OUT.has(key) || key.startsWith('x-') || key === 'nullable')) continue;
    result[key] = jsonSchema(item, !names && key === 'properties');
  }
  if (names || value['nullable'] !== true) return result;
  if (typeof result['type'] === 'string') {
    const allowed = result['enum'];
    return {
      ...result,
      type: [result['type'], 'null'],
      ...(Array.isArray(allowed) && { enum: [...new Set([...allowed, null])] }),
    };
  }
  return { anyOf: [result, { type: 'null' }] };
}

function lookUp(document: JsonObject, reference: string): JsonObject {
  let value: Json | undefined = document;
  for (const key of reference.slice(2).split('/')) value = isObject(value) ? value[key] : undefined;
  if (!isObject(value)) throw new Error(`The description has no ${reference}.`);
  return value;
}

const followed = (document: JsonObject, value: Json): JsonObject => {
  if (!isObject(value)) throw new Error('The description has another shape than expected.');
  return typeof value['$ref'] === 'string' ? followed(document, lookUp(document, value['$ref'])) : value;
};

const bodySchema = (value: JsonObject): Json | undefined => {
  const content = value['content'];
  if (!isObject(content)) return undefined;
  const media = content['application/json'] ?? content['application/vnd.github.object'];
  return isObject(media) ? media['schema'] : undefined;
};

/** Adds every schema that `value` refers to, and theirs, to `schemas`. */
function collect(document: JsonObject, value: Json, schemas: JsonObject): void {
  if (Array.isArray(value)) return value.forEach((item) => collect(document, item, schemas));
  if (!isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    if (key !== '$ref' || typeof item !== 'string') {
      collect(document, item, schemas);
      continue;
    }
    const name = item.replace('#/components/schemas/', '');
    if (name in schemas) continue;
    schemas[name] = jsonSchema(lookUp(document, item));
    collect(document, schemas[name], schemas);
  }
}

/** GitHub answers null for a label without a description here too, as it says of the same label elsewhere. */
function correct(schemas: JsonObject): void {
  const path = ['pull-request-simple', 'properties', 'labels', 'items', 'properties', 'description'];
  let value: Json | undefined = schemas;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  if (!isObject(value) || value['type'] !== 'string')
    throw new Error(`${path.join('/')} needs no correction any more.`);
  value['type'] = ['string', 'null'];
}

function extract(document: JsonObject): JsonObject {
  const operations: JsonObject = {};
  const schemas: JsonObject = {};
  for (const [path, methods] of Object.entries(document['paths'] as Record<string, JsonObject>)) {
    for (const [method, found] of Object.entries(methods)) {
      const operation = found as Operation;
      if (!OPERATIONS.includes(operation.operationId)) continue;
      const parameters = ((operation['parameters'] ?? []) as Json[])
        .map((parameter) => followed(document, parameter))
        .filter((parameter) => parameter['in'] !== 'header')
        .map((parameter) => ({
          name: parameter['name'] ?? null,
          in: parameter['in'] ?? null,
          required: parameter['required'] ?? false,
          schema: jsonSchema(parameter['schema'] ?? {}),
        }));
      const request = operation['requestBody'] ? followed(document, operation['requestBody']) : undefined;
      const requestSchema = request && bodySchema(request);
      const responses: JsonObject = {};
      for (const [status, response] of Object.entries(operation['responses'] as JsonObject)) {
        const schema = bodySchema(followed(document, response));
        responses[status] = schema === undefined ? null : jsonSchema(schema);
      }
      operations[operation.operationId] = {
        method: method.toUpperCase(),
        path,
        parameters,
        ...(requestSchema !== undefined && { request: jsonSchema(requestSchema) }),
        ...(request && { requestRequired: request['required'] ?? false }),
        responses,
      };
    }
  }
  const missing = OPERATIONS.filter((id) => !(id in operations));
  if (missing.length > 0) throw new Error(`The description has no operation ${missing.join(', ')}.`);
  collect(document, operations, schemas);
  correct(schemas);
  const { version } = document['info'] as { version: string };
  return { source: `@octokit/openapi ${VERSION}, api.github.com ${version}`, operations, components: { schemas } };
}

async function main(): Promise<void> {
  const given = process.argv[2];
  const directory = given ?? mkdtempSync(join(tmpdir(), 'github-openapi-'));
  try {
    if (given === undefined) {
      writeFileSync(join(directory, 'package.json'), '{}');
      const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `@octokit/openapi@${VERSION}`];
      execFileSync('npm', install, { cwd: directory, stdio: 'inherit' });
    }
    const source = join(directory, 'node_modules/@octokit/openapi/generated/api.github.com.json');
    const result = extract(JSON.parse(readFileSync(source, 'utf8')) as JsonObject);
    const options = await resolveConfig(OUTPUT);
    writeFileSync(OUTPUT, await format(JSON.stringify(result), { ...options, parser: 'json', printWidth: 160 }));
    console.log(`${OUTPUT}: ${OPERATIONS.length} operations`);
  } finally {
    if (given === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

await main();
