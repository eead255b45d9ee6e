/** A time for people, in the zone of this machine, to the second: `2026-09-01 14:00:05 +02:00`. */
export function localTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${localMinute(time)}:${two(date.getSeconds())} ${zoneOf(date)}`;
}

/** For tables: `2026-09-01 14:00`. Returns an invalid time unchanged. */
export function localMinute(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${localDay(time)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function localDay(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
