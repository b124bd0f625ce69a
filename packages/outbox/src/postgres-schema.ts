import { InvalidArgumentError } from '@rescind/options'

/** A table in the database, as it is written in SQL, and as the channel of its notifications is called. */
export interface OutboxTable {
  readonly name: string
  /** SQL that makes the table, and what belongs to it. */
  readonly migration: string
}

/** PostgreSQL cuts off longer names. */
const MAX_NAME = 40

/** @throws {InvalidArgumentError} */
export function outboxTable(name: string): OutboxTable {
  if (typeof name !== 'string' || !/^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/.test(name) || name.length > MAX_NAME) {
    const expected = `a name of at most ${MAX_NAME} lower case letters, digits and _, if need be after a schema and a dot`
    throw new InvalidArgumentError('table', expected, name)
  }
  const plain = name.slice(name.indexOf('.') + 1)
  return { name, migration: migrationOf(name, plain) }
}

function migrationOf(table: string, plain: string): string {
  return `CREATE TABLE ${table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('invalidate', 'invalidate-tags', 'clear', 'clear-all', 'bump')),
  region text CHECK (region ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  names text[] NOT NULL DEFAULT '{}' CHECK (cardinality(names) <= 10000 AND array_position(names, NULL) IS NULL),
  versions bigint[],
  created_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  retry_at timestamptz,
  error text,
  CHECK ((kind IN ('invalidate', 'bump')) = (region IS NOT NULL)),
  CHECK ((kind = 'clear-all') = (cardinality(names) = 0)),
  CHECK ((kind = 'bump') = (versions IS NOT NULL)),
  CHECK (cardinality(versions) = cardinality(names) AND array_position(versions, NULL) IS NULL AND 0 <= ALL (versions))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE INDEX ${plain}_fresh ON ${table} (id) WHERE retry_at IS NULL;
CREATE INDEX ${plain}_postponed ON ${table} (retry_at) WHERE retry_at IS NOT NULL;

CREATE FUNCTION ${table}_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('${table}', '');
  RETURN NULL;
END
$$;

CREATE TRIGGER ${plain}_notify AFTER INSERT ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${table}_notify();
`
}
