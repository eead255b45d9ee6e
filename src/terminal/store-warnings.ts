/** Shows the store's warnings with `show`; Node.js would add its process id and a hint on tracing. */
export function showStoreWarnings(show: (message: string) => void): void {
  const others = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'StoreWarning') show(warning.message);
    else for (const other of others) other(warning);
  });
}
