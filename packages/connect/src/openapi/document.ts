/** The parts of an OpenAPI 3 document that tables are made of. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  required?: string[];
  readOnly?: boolean;
  description?: string;
  maximum?: number;
  default?: unknown;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  schema?: Schema;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
  headers?: Record<string, unknown>;
  $ref?: string;
}

export interface Operation {
  parameters?: Parameter[];
  requestBody?: Content;
  responses?: Record<string, Content>;
  summary?: string;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type PathItem = Partial<Record<Method, Operation>> & { parameters?: Parameter[] };

export interface SecurityScheme {
  type: string;
  scheme?: string;
  in?: string;
  name?: string;
  flows?: {
    authorizationCode?: { authorizationUrl: string; tokenUrl: string; scopes?: Record<string, string> };
  };
}

export interface OpenApiDocument {
  openapi: string;
  info?: { title?: string };
  servers?: { url: string }[];
  paths?: Record<string, PathItem>;
  components?: { securitySchemes?: Record<string, SecurityScheme> };
}

/** How deep references and parts are followed: documents may refer to themselves. */
const deepest = 10;

export interface Resolver {
  /** What a `$ref` into the same document stands for. */
  at<T extends { $ref?: string }>(value: T | undefined): T | undefined;
  /** A schema with its references and `allOf` parts put together. */
  schema(value: Schema | undefined): Schema | undefined;
  /** The JSON schema of a body or of a success answer. */
  json(value: Content | undefined): Schema | undefined;
  answer(operation: Operation | undefined): Content | undefined;
}

export function createResolver(document: OpenApiDocument): Resolver {
  const at: Resolver['at'] = (value) => {
    let found = value;
    for (let depth = 0; found?.$ref !== undefined && depth < deepest; depth += 1) {
      const names = found.$ref.replace(/^#\//, '').split('/');
      let target: unknown = found.$ref.startsWith('#/') ? document : undefined;
      for (const name of names) {
        const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
        target =
          target !== null && typeof target === 'object' && Object.hasOwn(target, key)
            ? (target as Record<string, unknown>)[key]
            : undefined;
      }
      found = target as typeof value;
    }
    return found;
  };
  const schema = (value: Schema | undefined, depth = 0): Schema | undefined => {
    const found = at(value);
    if (!found?.allOf || depth > deepest) return found;
    const parts = found.allOf.map((part) => schema(part, depth + 1));
    const all = [found, ...parts];
    return {
      ...found,
      type: 'object',
      properties: Object.assign({}, ...all.map((part) => part?.properties ?? {})),
      required: all.flatMap((part) => part?.required ?? []),
    };
  };
  const json: Resolver['json'] = (value) => {
    const content = at(value)?.content ?? {};
    const media = Object.keys(content).find((name) => /^application\/(.*\+)?json\b/.test(name));
    return media ? schema(content[media]!.schema) : undefined;
  };
  const answer: Resolver['answer'] = (operation) =>
    at(operation?.responses?.['200'] ?? operation?.responses?.['201'] ?? operation?.responses?.['2XX']);
  return { at, schema: (value) => schema(value), json, answer };
}
