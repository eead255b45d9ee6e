import type { DatabaseConnection, QueryResult } from 'kysely';

/** Runs the queries of a connection through a function, which may repeat them, also on another connection, or explain errors. */
export function intercepted(
  connection: DatabaseConnection,
  run: <R>(query: (on: DatabaseConnection) => Promise<QueryResult<R>>) => Promise<QueryResult<R>>,
): DatabaseConnection {
  const executeQuery: DatabaseConnection['executeQuery'] = (query, options) =>
    run((on) => on.executeQuery(query, options));
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'executeQuery') return executeQuery;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
