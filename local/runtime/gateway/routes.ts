/**
 * Which method of a REST API answers a request: the most specific one, as API Gateway ranks them.
 *
 * Literal parts come before `{parameters}`, those before a greedy `{proxy+}`; the method itself before `ANY`.
 */
import type { MethodSpec, RestApi } from '../deploy/deployment.ts';

interface Route {
  /** As in the template: `/v1/grants/{id}`. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly methods: ReadonlyMap<string, MethodSpec>;
}

export interface Match {
  readonly method: MethodSpec;
  readonly resourcePath: string;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

export type FindRoute = (httpMethod: string, path: string) => Match | undefined;

/** @param path without a query, as it was sent */
export function routesOf(api: RestApi): FindRoute {
  const routes = [...new Set(api.methods.map((method) => method.resourceId))]
    .map((resourceId): Route => {
      const path = pathOf(api, resourceId);
      const methods = api.methods.filter((method) => method.resourceId === resourceId);
      return {
        path,
        segments: path.split('/').slice(1),
        methods: new Map(methods.map((method) => [method.httpMethod, method])),
      };
    })
    .sort((a, b) => compareRank(a.segments, b.segments));

  return (httpMethod, path) => {
    const parts = path.split('/').slice(1);
    // The path decides alone; whether it has the method is asked afterwards.
    for (const { path: resourcePath, segments, methods } of routes) {
      const pathParameters = parametersOf(segments, parts);
      if (!pathParameters) continue;
      const method = methods.get(httpMethod) ?? methods.get('ANY');
      return method && { method, resourcePath, pathParameters };
    }
    return undefined;
  };
}

function pathOf(api: RestApi, resourceId: string): string {
  const parts: string[] = [];
  for (let id = resourceId; ;) {
    const resource = api.resources.get(id);
    if (!resource) return `/${parts.join('/')}`;
    parts.unshift(resource.pathPart);
    id = resource.parentId;
  }
}

const rank = (segment: string | undefined): number =>
  segment === undefined ? 3 : segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0;

function compareRank(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = rank(a[i]) - rank(b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parametersOf(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const greedy = /^\{(.+)\+\}$/.exec(segment)?.[1];
    const name = greedy ?? /^\{(.+)\}$/.exec(segment)?.[1];
    const raw = greedy === undefined ? (parts[index] ?? '') : parts.slice(index).join('/');
    if (name === undefined) {
      if (raw !== segment) return undefined;
      continue;
    }
    const value = decode(raw);
    if (value === undefined || value === '') return undefined;
    parameters.set(name, value);
    if (greedy !== undefined) return Object.fromEntries(parameters);
  }
  return parts.length === segments.length ? Object.fromEntries(parameters) : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
