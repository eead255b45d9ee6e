import { printable } from '../terminal/format.ts';

type Value = string | number | Html | readonly (Html | null)[] | null;

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML with values in it, which are escaped unless they are HTML themselves; null is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  // biome-ignore lint/plugin: as many as the template has places
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}

/** A name or note of strangers: what it does not show is made visible, and it orders no text but its own. */
export function name(text: unknown): Html {
  return html`<bdi>${printable(String(text))}</bdi>`;
}

/** For a script element of the type `application/json`, which ends at the first `</script`. */
export function embeddedJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  // A parser would make it a line feed.
  '\r': '&#13;',
};

function textOf(value: Value): string {
  if (value === null) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return String(value).replace(/[&<>"'\r]/g, (char) => ESCAPES[char]!);
}
