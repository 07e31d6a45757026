import { language } from '../text/language.ts';

/** A problem document of the server (RFC 9457), or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: readonly Fault[];

  constructor(status: number, code: string, detail: string, faults: readonly Fault[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}
/** A place of the input: a JSON pointer, or for files their line. */
export type Fault = { pointer: string; line?: number; detail: string };
/** Imports of definitions name lines and write `message` (contract §5). */
type FaultOnWire = { pointer?: string; line?: number; detail?: string; message?: string };

export type Page<T> = { items: T[]; next: string | null };

type Query = Record<string, string | number | undefined>;
export type RequestOptions = {
  query?: Query;
  /** Sent as JSON; a FormData or Blob as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/**
 * One call of the native API with the session cookie. An expired access token is renewed once and the call made again.
 * @throws ApiError
 */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return (await answerOf(await send(method, path, options))) as T;
}

/** The same with the answer as it is. @throws ApiError */
export async function requestResponse(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const response = await send(method, path, options);
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The same for a file. @throws ApiError */
export async function requestBlob(method: string, path: string, options: RequestOptions = {}): Promise<Blob> {
  return (await requestResponse(method, path, options)).blob();
}

async function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  const response = await attempt(method, path, options);
  if (response.status !== 401 || path.startsWith('/v1/sessions')) return response;
  return (await renew()) ? attempt(method, path, options) : response;
}

async function attempt(method: string, path: string, { query, body, headers, signal }: RequestOptions) {
  const raw = body instanceof FormData || body instanceof Blob;
  try {
    return await fetch(path + queryString(query), {
      method,
      headers: {
        accept: 'application/json',
        'accept-language': language(),
        'x-renkei-console': '1',
        ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'console.unreachable', '');
  }
}

let renewal: Promise<boolean> | undefined;

/** Asks for new tokens; calls that fail together share one renewal. */
function renew(): Promise<boolean> {
  renewal ??= attempt('POST', '/v1/sessions/refresh', {})
    .then(({ ok }) => ok)
    .finally(() => {
      renewal = undefined;
    });
  return renewal;
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? undefined : response.json();
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const { title, detail, errors } = (await response.json()) as {
      title: string;
      detail: string;
      errors?: FaultOnWire[];
    };
    const faults = (errors ?? []).map(({ pointer = '', line, message = '', detail: sentence = message }) => ({
      pointer,
      detail: sentence,
      ...(line !== undefined && { line }),
    }));
    return new ApiError(response.status, title, detail, faults);
  } catch {
    return new ApiError(response.status, 'console.noProblemDocument', response.statusText);
  }
}

function queryString(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
