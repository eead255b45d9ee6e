import { printable } from '../terminal/format.ts';

type Value = string | number | Html | readonly (Html | null)[] | null;

/** Text that is already HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML with values, which are escaped unless they are HTML themselves; null renders as nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  // biome-ignore lint/plugin: one value per placeholder of the template
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}

/** An untrusted name or note: invisible characters are shown, and bidirectional text cannot reorder the rest of the page. */
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
