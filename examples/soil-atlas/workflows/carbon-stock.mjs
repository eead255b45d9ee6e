#!/usr/bin/env node
// Prints the organic carbon in the uppermost 30 cm of each group, in tonnes a hectare, as JSON.
import { readFileSync } from 'node:fs';

const DEPTH_CM = 30;

const table = readFileSync(new URL('../artifacts/data/horizons.csv', import.meta.url), 'utf8');
const [head, ...lines] = table.trim().split('\n').map((line) => line.split(','));

const stocks = {};
for (const line of lines) {
  const row = Object.fromEntries(head.map((name, i) => [name, line[i]]));
  // Litter, which lies above 0, does not count.
  const thickness = Math.min(row.bottom_cm, DEPTH_CM) - Math.max(row.top_cm, 0);
  if (thickness <= 0) continue;
  // 1 g/cm² is 100 t/ha, and the carbon is given in percent.
  const stock = row.organic_carbon_pct * row.bulk_density_g_cm3 * thickness;
  stocks[row.group] = (stocks[row.group] ?? 0) + stock;
}
for (const group of Object.keys(stocks)) stocks[group] = Number(stocks[group].toFixed(1));

process.stdout.write(`${JSON.stringify({ depth_cm: DEPTH_CM, unit: 't/ha', stocks }, null, 2)}\n`);
