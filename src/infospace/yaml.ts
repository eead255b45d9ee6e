import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  dump,
  FAILSAFE_SCHEMA,
  loadAll,
  mapTag,
  nullCoreTag,
  type Schema,
  seqTag,
  YAMLException,
} from 'js-yaml';

/** An application's own tags are ignored, and their nodes read as if untagged. */
const OWN_TAG = { matchByTagPrefix: true, identify: () => false };
/** The schema of YAML 1.2, in which `yes` and a time are text. */
const SCHEMA = CORE_SCHEMA.withTags(
  defineScalarTag('!', { ...OWN_TAG, resolve: (text) => text }),
  defineSequenceTag('!', { ...seqTag, ...OWN_TAG }),
  defineMappingTag('!', { ...mapTag, ...OWN_TAG }),
);

/** No numbers or booleans: each value is its text, or null. */
const AS_WRITTEN = FAILSAFE_SCHEMA.withTags(
  nullCoreTag,
  defineScalarTag('!', { ...OWN_TAG, resolve: (text) => text }),
  defineScalarTag('tag:yaml.org,2002:', { ...OWN_TAG, resolve: (text) => text }),
  defineSequenceTag('!', { ...seqTag, ...OWN_TAG }),
  defineMappingTag('!', { ...mapTag, ...OWN_TAG }),
);

/** Limit for hand-written documents. An alias is a reference: it costs the code that walks the value, not the parser. */
const MAX_ALIASES = 1000;

/**
 * Parses a document; null when there is none.
 * @param maxAliases number of aliases allowed: 0 where the value is walked, since a few lines of aliases expand to trees of any size.
 * @throws Error whose message is one line that says what is wrong, and where.
 */
export function parseYaml(text: string, maxAliases: number = MAX_ALIASES): unknown {
  return parseWith(SCHEMA, text, maxAliases);
}

/** Parses a document as {@link parseYaml} does, with every value as its text: `3.10` and `3.1` differ. */
export function parseAsWritten(text: string): unknown {
  return parseWith(AS_WRITTEN, text, MAX_ALIASES);
}

function parseWith(schema: Schema, text: string, maxAliases: number): unknown {
  let documents: unknown[];
  try {
    documents = loadAll(text, { schema, maxAliases });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const where = error.mark ? ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}` : '';
    throw new Error(`${error.reason}${where}`, { cause: error });
  }
  if (documents.length > 1) throw new Error('it holds more than one document');
  return documents[0] ?? null;
}

export function stringifyYaml(value: unknown): string {
  return dump(value, { schema: SCHEMA, lineWidth: -1 });
}
