/** A browser without scripts, for the pages of the local issuer: cookies with paths, redirects, forms. */
export class Browser {
  readonly #cookies: { name: string; path: string; value: string }[] = [];
  readonly #home: string;

  /** @param home the origin whose pages it opens; a redirect elsewhere ends the journey and is returned */
  constructor(home: string) {
    this.#home = new URL(home).origin;
  }

  get(url: string): Promise<Page> {
    return this.#go(url, { method: 'GET' });
  }

  /** Submits the page's form as a person would: hidden and preset fields, with `fields` filled in. */
  submit(page: Page, fields: Record<string, string>): Promise<Page> {
    const action = /<form[^>]* action="([^"]+)"/u.exec(page.body)?.[1];
    if (action === undefined) throw new Error(`no form in ${page.body}`);
    const body = new URLSearchParams();
    for (const [tag] of page.body.matchAll(/<input[^>]*>/gu)) {
      const name = /name="([^"]+)"/u.exec(tag)?.[1];
      const preset = tag.includes('type="hidden"') || tag.includes(' checked');
      if (name !== undefined && preset) body.set(name, /value="([^"]*)"/u.exec(tag)?.[1] ?? '');
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.#go(new URL(action, page.url).href, { method: 'POST', body });
  }

  async #go(url: string, init: RequestInit): Promise<Page> {
    if (new URL(url).origin !== this.#home) return { url, status: 0, headers: new Headers(), body: '' };
    const { pathname } = new URL(url);
    const cookie = this.#cookies
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    const body = await response.text();
    if (location !== null) return this.#go(new URL(location, url).href, { method: 'GET' });
    return { url, status: response.status, headers: response.headers, body };
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const name = pair.slice(0, pair.indexOf('='));
    const path = /; path=([^;]+)/iu.exec(line)?.[1] ?? '/';
    const index = this.#cookies.findIndex((cookie) => cookie.name === name && cookie.path === path);
    if (index >= 0) this.#cookies.splice(index, 1);
    const value = pair.slice(pair.indexOf('=') + 1);
    if (value !== '') this.#cookies.push({ name, path, value });
  }
}

export interface Page {
  readonly url: string;
  /** 0 for a page elsewhere, which was not opened. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}
