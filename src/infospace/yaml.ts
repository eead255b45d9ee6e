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

/** Tags of an application's own say nothing here, so what they are on is read as if it had none. */
const OWN_TAG = { matchByTagPrefix: true, identify: () => false };
/** That of YAML 1.2, in which `yes` and a time are text. */
const SCHEMA = CORE_SCHEMA.withTags(
  defineScalarTag('!', { ...OWN_TAG, resolve: (text) => text }),
  defineSequenceTag('!', { ...seqTag, ...OWN_TAG }),
  defineMappingTag('!', { ...mapTag, ...OWN_TAG }),
);

/** Nothing is a number or a truth value: each value is the text that it is written as, or null. */
const AS_WRITTEN = FAILSAFE_SCHEMA.withTags(
  nullCoreTag,
  defineScalarTag('!', { ...OWN_TAG, resolve: (text) => text }),
  defineScalarTag('tag:yaml.org,2002:', { ...OWN_TAG, resolve: (text) => text }),
  defineSequenceTag('!', { ...seqTag, ...OWN_TAG }),
  defineMappingTag('!', { ...mapTag, ...OWN_TAG }),
);

/** Of a document that people write; each is a reference, and costs whoever walks the value, not the parser. */
const MAX_ALIASES = 1000;

/**
 * Reads a document; null when there is none.
 *
 * @param maxAliases how often it may refer to a part of its own: 0 where the value is walked, since a few lines of aliases make
 * trees of any size.
 * @throws Error whose message is one line that says what is wrong, and where.
 */
export function parseYaml(text: string, maxAliases: number = MAX_ALIASES): unknown {
  return parseWith(SCHEMA, text, maxAliases);
}

/** Reads a document as {@link parseYaml} does, with every value as it is written: `3.10` and `3.1` are two. */
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
